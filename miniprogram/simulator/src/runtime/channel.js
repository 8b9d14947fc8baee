/** The event channel between a page and the one it opened. */
export class Channel {
  constructor(listeners = {}) {
    this.listeners = new Map(Object.entries(listeners).map(([name, tell]) => [name, [tell]]));
  }

  on(name, tell) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), tell]);
  }

  once(name, tell) {
    const first = (...given) => {
      this.off(name, first);
      tell(...given);
    };
    this.on(name, first);
  }

  off(name, tell) {
    this.listeners.set(name, tell ? (this.listeners.get(name) ?? []).filter((one) => one !== tell) : []);
  }

  emit(name, ...given) {
    for (const tell of this.listeners.get(name) ?? []) tell(...given);
  }
}
