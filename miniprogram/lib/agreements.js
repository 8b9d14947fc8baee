// The documents a member accepts, with the version the server knows them by. A shop puts its own words here, and raises the
// version here and in the console together: nobody is taken to have accepted what this phone did not show.

/** @typedef {'membership' | 'marketing'} Purpose */
/** @typedef {{version: string, title: string, paragraphs: string[]}} Document */

/** @type {Record<Purpose, {version: string, zh_CN: Omit<Document, 'version'>, en: Omit<Document, 'version'>}>} */
const DOCUMENTS = {
  membership: {
    version: '2026-11',
    zh_CN: {
      title: '会员协议与隐私政策',
      paragraphs: [
        '一、谁在处理您的信息。本会员计划由您所光顾的门店经营者提供并负责；联系方式见门店公示。',
        '二、处理哪些信息。微信为本小程序提供的用户标识（OpenID）；您自愿填写的昵称、生日（月、日）与手机号；签到、积分、优惠券、到店消费的记录。',
        '三、为了什么。识别会员、计算积分与等级、发放与核销优惠券、发送您同意接收的消息。不用于其他目的，不出售，不提供给无关的第三方。',
        '四、怎样保管。手机号加密保存，店员只看到打码后的号码；会员码每 30 秒变化，密钥只存于您的手机与服务器。',
        '五、保存多久。会员期间保存；注销后删除个人信息，账务流水去除身份后按法律要求保留。',
        '六、您的权利。可随时在「我的」页查看、更正、导出、撤回同意或注销。拒绝营销消息不影响会员服务。',
        '七、积分与优惠券。积分不是货币，不可提现；有效期、使用条件以券面与「积分规则」为准；退款会按比例收回相应积分。',
        '八、未成年人。未满十四周岁的，请由监护人同意后使用。',
      ],
    },
    en: {
      title: 'Membership terms and privacy policy',
      paragraphs: [
        '1. Who. The shop you buy from runs this membership and answers for it; how to reach it is shown in its stores.',
        '2. What. The identifier WeChat gives this mini-program (OpenID); name, birthday (month and day) and phone if you give them; check-ins, points, coupons and purchases.',
        '3. What for. To know you as a member, count points and tiers, issue and redeem coupons, and send the messages you agreed to. Nothing else; nothing is sold or given to others.',
        '4. How it is kept. Phones are encrypted and clerks see them masked; your member code changes every 30 seconds, and its secret is on your phone and the server alone.',
        '5. How long. While you are a member; when you leave, personal data is deleted and the ledger is kept without your identity as the law asks.',
        '6. Your rights. See, correct, export, withdraw or leave under “Me” at any time. Refusing marketing does not touch your membership.',
        '7. Points and coupons. Points are no money; their life and use are as told on the coupon and under “How points work”; refunds take back their share.',
        '8. Children. Under fourteen, a guardian has to agree.',
      ],
    },
  },
  marketing: {
    version: '2026-11',
    zh_CN: {
      title: '营销消息说明',
      paragraphs: [
        '同意后，我们会就优惠、活动、生日礼等向您发送消息，渠道为微信订阅消息，以及您另行提供的短信或邮箱。',
        '发送有频率上限与免打扰时段；为了减少打扰，会依据您的会员等级、消费与签到记录挑选内容，不做其他用途。',
        '这项同意与会员资格无关，可随时在「消息订阅」页一键关闭，关闭立即生效。订阅消息不会带来任何奖励。',
      ],
    },
    en: {
      title: 'About marketing messages',
      paragraphs: [
        'If you agree, we write to you about offers, events and birthday gifts: by WeChat’s subscription messages, and by SMS or e-mail where you gave us these.',
        'There is a cap on how often, and quiet hours. So as not to bother you, what we send is chosen by your tier, purchases and check-ins; these are used for nothing else here.',
        'This is apart from your membership. Switch it off under “Messages” at any time; it ends at once. Nothing is given for subscribing.',
      ],
    },
  },
}

/**
 * @param {Purpose} purpose
 * @param {import('./language').Language} language
 * @returns {Document}
 */
function document(purpose, language) {
  const found = DOCUMENTS[purpose]
  return { version: found.version, ...found[language] }
}

module.exports = { DOCUMENTS, document }
