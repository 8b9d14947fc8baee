/** wx.createSelectorQuery(): measures, scroll positions, and the canvas node. */
import exparser from "miniprogram-exparser";

class Query {
  constructor(owner) {
    this.owner = owner;
    this.asked = [];
  }

  in(instance) {
    this.owner = instance._exparserNode;
    return this;
  }

  select(selector) {
    return new Nodes(this, (root) => [root.querySelector(selector)], true);
  }

  selectAll(selector) {
    return new Nodes(this, (root) => root.querySelectorAll(selector), false);
  }

  selectViewport() {
    return new Nodes(this, null, true);
  }

  exec(done) {
    queueMicrotask(() => {
      const found = this.asked.map(({ nodes, fields, told }) => {
        const answer = nodes.read(this.owner, fields);
        told?.(answer);
        return answer;
      });
      done?.(found);
    });
  }
}

class Nodes {
  constructor(query, find, single) {
    Object.assign(this, { query, find, single });
  }

  fields(fields, told) {
    this.query.asked.push({ nodes: this, fields, told });
    return this.query;
  }

  boundingClientRect(told) {
    return this.fields({ id: true, dataset: true, rect: true, size: true }, told);
  }

  scrollOffset(told) {
    return this.fields({ id: true, dataset: true, scrollOffset: true }, told);
  }

  node(told) {
    return this.fields({ node: true }, told);
  }

  read(owner, fields) {
    if (this.find === null) return viewport(fields);
    const nodes = this.find(owner.shadowRoot).filter((node) => node instanceof exparser.Element);
    const answers = nodes.map((node) => described(node, fields));
    return this.single ? (answers[0] ?? null) : answers;
  }
}

function origin() {
  return document.querySelector(".sim-page.is-shown .sim-scroll")?.getBoundingClientRect() ?? { left: 0, top: 0 };
}

function viewport(fields) {
  const scroller = document.querySelector(".sim-page.is-shown .sim-scroll");
  const answer = {};
  if (fields.size) Object.assign(answer, { width: scroller.clientWidth, height: scroller.clientHeight });
  if (fields.rect) Object.assign(answer, { left: 0, top: 0, right: scroller.clientWidth, bottom: scroller.clientHeight });
  if (fields.scrollOffset) Object.assign(answer, { scrollLeft: scroller.scrollLeft, scrollTop: scroller.scrollTop });
  return answer;
}

function described(node, fields) {
  const answer = {};
  const dom = node.$$;
  const box = dom.getBoundingClientRect();
  const { left, top } = origin();
  if (fields.id) answer.id = node.id || "";
  if (fields.dataset) answer.dataset = { ...node.dataset };
  if (fields.rect) Object.assign(answer, { left: box.left - left, right: box.right - left, top: box.top - top, bottom: box.bottom - top });
  if (fields.size) Object.assign(answer, { width: box.width, height: box.height });
  if (fields.scrollOffset) Object.assign(answer, { scrollLeft: dom.scrollLeft, scrollTop: dom.scrollTop });
  if (fields.node) answer.node = dom.querySelector("canvas") ?? undefined;
  for (const name of fields.properties ?? []) answer[name] = node.data?.[name];
  for (const name of fields.computedStyle ?? []) answer[name] = getComputedStyle(dom)[name];
  return answer;
}

export const queryIn = (owner) => new Query(owner);
