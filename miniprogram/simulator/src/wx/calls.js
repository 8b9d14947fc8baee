/** How every wx function answers: callbacks when they are given, else a promise. */

/** The call is refused; `message` follows "name:fail ". */
export class Refused extends Error {
  constructor(message, more = {}) {
    super(message);
    this.more = more;
  }
}

/** Make a wx function of `work(options)`, which may return a promise and throw Refused. */
export function call(name, work) {
  return (options = {}) => {
    const answer = run(name, work, options);
    if (!options.success && !options.fail && !options.complete) return answer;
    answer.then(
      (value) => later(() => options.success?.(value), () => options.complete?.(value)),
      (problem) => later(() => options.fail?.(problem), () => options.complete?.(problem)),
    );
    return undefined;
  };
}

/** `work` begins at once: some of it must happen while the tap is still being handled. */
function run(name, work, options) {
  let began;
  try {
    began = Promise.resolve(work(options));
  } catch (problem) {
    began = Promise.reject(problem);
  }
  return began.then(
    (value) => ({ errMsg: `${name}:ok`, ...value }),
    (problem) => Promise.reject(refusal(name, problem)),
  );
}

function refusal(name, problem) {
  if (problem instanceof Refused) return { errMsg: `${name}:fail${problem.message ? ` ${problem.message}` : ""}`, ...problem.more };
  console.error(name, problem);
  return { errMsg: `${name}:fail ${problem?.message ?? problem}` };
}

/** A mistake in a callback is the page's own: it must be heard. */
function later(...works) {
  for (const work of works) {
    try {
      work();
    } catch (problem) {
      queueMicrotask(() => {
        throw problem;
      });
    }
  }
}

/** An event source: `on…` and `off…` of wx. */
export function source() {
  const heard = new Set();
  return {
    on: (tell) => void heard.add(tell),
    off: (tell) => void (tell ? heard.delete(tell) : heard.clear()),
    tell: (value) => [...heard].forEach((one) => one(value)),
  };
}
