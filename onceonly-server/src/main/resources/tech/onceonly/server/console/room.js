// What an operator sees who has been let in, kept up to date.

import { Chart, drawLine, sum } from './chart.js';
import { Keys } from './keys.js';
import { Leases } from './leases.js';
import { badge, byId, clock, count, el, keyButton, percent, rate, tell } from './view.js';
import { Watch } from './watch.js';

const EVENTS = 50;
const SECONDS = 60;
const AVERAGED_SECONDS = 10;
const STATES = { live: 'Live', paused: 'Paused', trouble: 'Not up to date' };

export class Room {
  #api;
  #leave;
  #keys;
  #leases;
  #chart = new Chart(byId('chart'), byId('chart-reading'), byId('legend'));
  #watch = new Watch(() => this.#refresh(), (report) => this.#report(report));
  #ahead = 0;
  #againAt = 0;
  #eventsSeen = null;

  /**
   * @param me whose key it is
   * @param leave is called with a reason when the key is of no use any more
   */
  constructor(api, me, leave) {
    const now = () => Date.now() + this.#ahead;
    this.#api = api;
    this.#leave = leave;
    this.#keys = new Keys(api, now, () => this.#keyFreed());
    this.#leases = new Leases(api, now, (key) => this.#keys.lookUp(key));
    byId('whose').textContent = `${me.tenant ? `Tenant ${me.tenant}` : 'Tenant without a name'}, plan ${me.plan}`;
    byId('again').addEventListener('click', () => this.#watch.now());
    setInterval(() => this.#tick(), 1000);
  }

  enter() {
    this.#watch.now();
  }

  async #refresh() {
    const [stats, events] = await Promise.all([this.#api.stats(), this.#api.events(EVENTS)]);
    this.#ahead = Date.parse(stats.now) - Date.now();
    this.#showStats(stats);
    this.#showEvents(events);
    this.#leases.refresh();
  }

  #report({ state, fault, againAt }) {
    if (fault && (fault.kind === 'key' || fault.kind === 'role')) {
      this.#watch.end();
      this.#api.end();
      this.#leave(fault.message);
      return;
    }
    byId('state').dataset.state = state;
    tell(byId('state'), STATES[state]);
    byId('room').classList.toggle('stale', state === 'trouble');
    byId('trouble').hidden = state !== 'trouble';
    if (fault) {
      tell(byId('trouble-text'), `${fault.message} What is below is as it was.`);
      this.#againAt = againAt;
      this.#tick();
    }
  }

  #tick() {
    if (document.hidden) {
      return;
    }
    const wait = Math.max(0, Math.ceil((this.#againAt - Date.now()) / 1000));
    byId('trouble-wait').textContent = wait > 0 ? `Trying again in ${wait} s.` : 'Trying again…';
    this.#leases.tick();
  }

  #keyFreed() {
    this.#leases.refreshNow();
    this.#watch.now();
  }

  #showStats(stats) {
    const now = Date.parse(stats.now);
    this.#chart.show(stats.minutes, now);
    const hour = sum(stats.minutes.map((slot) => slot.counts));
    this.#showRate('claims', secondsOf(stats, now, claims), claims(hour));
    this.#showRate('duplicates', secondsOf(stats, now, duplicates), duplicates(hour));
    byId('share').textContent = percent(duplicates(hour), claims(hour) + duplicates(hour));
    const mismatches = hour.fingerprint_mismatch ?? 0;
    byId('mismatches').textContent = mismatches === 0
      ? 'in the last hour' : `${count(mismatches)} with another fingerprint`;
    byId('mismatches').classList.toggle('bad', mismatches > 0);
  }

  #showRate(name, perSecond, hour) {
    const latest = perSecond.slice(-AVERAGED_SECONDS);
    byId(`${name}-rate`).textContent = rate(latest.reduce((a, b) => a + b, 0) / AVERAGED_SECONDS);
    drawLine(byId(`${name}-line`), perSecond);
    byId(`${name}-hour`).textContent = `${count(hour)} in the last hour`;
  }

  #showEvents(events) {
    const list = byId('events').closest('section');
    // Rows shall not run away from who is about to press one.
    const isHeld = list.querySelector('.scroll').matches(':hover, :focus-within');
    const told = JSON.stringify(events);
    byId('events-held').textContent = isHeld && told !== this.#eventsSeen ? 'Held while you are in it' : '';
    if (told === this.#eventsSeen || (isHeld && this.#eventsSeen !== null)) {
      return;
    }
    this.#eventsSeen = told;
    byId('events').replaceChildren(...events.map((event) => el('tr', {},
      el('td', { class: 'time' }, clock(event.at)),
      el('td', {}, badge(event.type)),
      el('td', {}, keyButton(event.key, (key) => this.#keys.lookUp(key))))));
    byId('no-events').hidden = events.length > 0;
  }
}

const claims = (counts) => (counts.locked ?? 0) + (counts.acquired ?? 0);
const duplicates = (counts) => counts.duplicate ?? 0;

/** Of each of the last sixty seconds that are over. */
function secondsOf(stats, now, of) {
  const last = Math.floor(now / 1000) - 1;
  const counted = new Map(stats.seconds.map((slot) => [Math.floor(Date.parse(slot.at) / 1000), of(slot.counts)]));
  // The server keeps sixty, and one of them is the present one.
  return Array.from({ length: SECONDS - 1 }, (_, i) => counted.get(last - SECONDS + 2 + i) ?? 0);
}
