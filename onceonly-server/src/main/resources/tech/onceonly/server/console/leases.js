// Shows the leases in progress, and lets their age run on.

import { byId, count, el, keyButton, rows, span, tell } from './view.js';

const PAGE = 200;
const SOONEST_MILLIS = 4_000;
// To find them the server looks at every key: it shall spend a twentieth of its time on that at most.
const REST = 20;

export class Leases {
  #api;
  #now;
  #onKey;
  #cursor = null;
  #next = null;
  #dueAt = 0;
  #seen = [];
  #seenAt = 0;

  /** @param now the server's time in milliseconds */
  constructor(api, now, onKey) {
    this.#api = api;
    this.#now = now;
    this.#onKey = onKey;
    byId('leases-first').addEventListener('click', () => this.#turnTo(null));
    byId('leases-next').addEventListener('click', () => this.#turnTo(this.#next));
  }

  /** To be called often: asks where it is time to. */
  async refresh() {
    const began = performance.now();
    if (began < this.#dueAt) {
      return;
    }
    this.#dueAt = Infinity;
    const asked = this.#cursor;
    try {
      const page = await this.#api.list('', PAGE, asked, true);
      if (asked === this.#cursor) {
        this.#show(page);
      }
      tell(byId('leases-error'), '');
    } catch (fault) {
      tell(byId('leases-error'), fault.message);
    }
    const took = performance.now() - began;
    this.#dueAt = asked === this.#cursor ? performance.now() + Math.max(SOONEST_MILLIS, REST * took) : 0;
  }

  /** At once, whatever it costs. */
  refreshNow() {
    this.#dueAt = 0;
    return this.refresh();
  }

  /** Lets a second pass. */
  tick() {
    const passed = (this.#now() - this.#seenAt) / 1000;
    for (const view of this.#seen) {
      // By comparing: a selector can't name every text, and a key is any text.
      const cells = [...byId('leases').rows].find((row) => row.dataset.id === idOf(view))?.cells;
      if (cells) {
        this.#fill(cells, view.lease, passed);
      }
    }
    this.#tellOldest();
  }

  #turnTo(cursor) {
    this.#cursor = cursor;
    this.refreshNow();
  }

  #show(page) {
    const isAll = page.cursor === null && this.#cursor === null;
    this.#seen = isAll
      ? page.keys.toSorted((a, b) => Date.parse(a.lease.first_seen_at) - Date.parse(b.lease.first_seen_at)) : page.keys;
    this.#seenAt = this.#now();
    this.#next = page.cursor;
    rows(byId('leases'), this.#seen, idOf, (view) => el('tr', {},
      el('td', {}, keyButton(view.key, this.#onKey)),
      el('td', { class: 'number' }, count(view.lease.version)),
      el('td', { class: 'number' }), el('td', { class: 'number' }), el('td', { class: 'number' })));
    byId('no-leases').hidden = this.#seen.length > 0;
    byId('leases-next').hidden = page.cursor === null;
    byId('leases-first').hidden = this.#cursor === null;
    byId('leases-order').textContent = this.#seen.length < 2 ? '' : isAll ? 'The oldest first' : 'In the order of keys';
    byId('leases-count').textContent = isAll ? count(this.#seen.length) : `${count(PAGE)}+`;
    this.tick();
  }

  #fill(cells, lease, passed) {
    cells[2].textContent = span((this.#now() - Date.parse(lease.first_seen_at)) / 1000);
    cells[3].textContent = `${span(lease.ttl - lease.ttl_left + passed)} ago`;
    const left = lease.ttl_left - passed;
    cells[4].textContent = left > 0 ? span(left) : 'has run out';
    cells[4].parentElement.classList.toggle('late', left < lease.ttl / 4);
  }

  #tellOldest() {
    const began = this.#seen.map((view) => Date.parse(view.lease.first_seen_at));
    tell(byId('leases-oldest'), began.length === 0 ? 'nobody is at work' : `the oldest for ${span((this.#now() - Math.min(...began)) / 1000)}`);
  }
}

// Another attempt is another row.
const idOf = (view) => `${view.lease.version}:${view.key}`;
