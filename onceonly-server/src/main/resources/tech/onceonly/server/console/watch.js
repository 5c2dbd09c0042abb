// Asks again and again: every two seconds while all is well, less and less often while it is not, and
// not at all while nobody sees the page.

import { Fault } from './api.js';

const REFRESH_MILLIS = 2_000;
const LONGEST_WAIT_SECONDS = 30;

export class Watch {
  #step;
  #report;
  #timer;
  #round = 0;
  #failures = 0;
  #seen = () => this.now();

  /**
   * @param step asks and shows; throws a Fault
   * @param report gets {state: 'live' | 'paused'} or {state: 'trouble', fault, againAt}
   */
  constructor(step, report) {
    this.#step = step;
    this.#report = report;
    document.addEventListener('visibilitychange', this.#seen);
  }

  /** For good. */
  end() {
    clearTimeout(this.#timer);
    this.#round += 1;
    document.removeEventListener('visibilitychange', this.#seen);
  }

  /** Asks at once, if the page is seen. */
  now() {
    clearTimeout(this.#timer);
    this.#round += 1;
    if (document.hidden) {
      this.#report({ state: 'paused' });
    } else {
      this.#ask(this.#round);
    }
  }

  async #ask(round) {
    let wait = REFRESH_MILLIS;
    try {
      await this.#step();
      this.#failures = 0;
      if (round === this.#round) {
        this.#report({ state: 'live' });
      }
    } catch (thrown) {
      const fault = thrown instanceof Fault ? thrown : failed(thrown);
      this.#failures += 1;
      wait = 1000 * Math.max(fault.waitSeconds, Math.min(2 ** (this.#failures - 1), LONGEST_WAIT_SECONDS));
      if (round === this.#round) {
        this.#report({ state: 'trouble', fault, againAt: Date.now() + wait });
      }
    }
    if (round === this.#round) {
      this.#timer = setTimeout(() => this.now(), wait);
    }
  }
}

function failed(thrown) {
  reportError(thrown);
  return new Fault('other', 'This page has a fault: the browser\'s console tells it.');
}
