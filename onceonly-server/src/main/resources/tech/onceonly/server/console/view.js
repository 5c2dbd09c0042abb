// Makes what is seen. Everything from the server goes in as text: no key is ever taken for markup.

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

/** Every outcome that there is, in the order in which they are drawn. */
export const OUTCOMES = {
  locked: 'locked',
  acquired: 'acquired',
  duplicate: 'duplicate',
  in_progress: 'in progress elsewhere',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'given back',
  released: 'released',
  extended: 'extended',
  fingerprint_mismatch: 'another fingerprint',
};

export const byId = (id) => document.getElementById(id);

/** An element; `children` are texts or elements. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Shows the text where there is one, else hides its place. */
export function tell(place, text) {
  place.hidden = !text;
  const told = text ?? '';
  if (place.textContent !== told) {
    place.textContent = told;
  }
}

/** A key with what could not be seen, or would turn the text around, spelled out. */
export function shown(key) {
  const spelled = (c) => `\\u{${c.codePointAt(0).toString(16)}}`;
  return key.replace(/[\p{C}\p{Zl}\p{Zp}]|^\s|\s$/gu, spelled);
}

/** A key that can be pressed to look it up. */
export function keyButton(key, onPress) {
  const button = el('button', { type: 'button', class: 'key', title: shown(key) }, shown(key));
  button.addEventListener('click', () => onPress(key));
  return button;
}

export function badge(outcome) {
  const known = Object.hasOwn(OUTCOMES, outcome);
  const word = known ? OUTCOMES[outcome] : shown(outcome);
  return el('span', { class: 'badge', 'data-outcome': known ? outcome : 'other' }, word);
}

export const count = (n) => NUMBER.format(n);
export const rate = (n) => (n > 0 && n < 10 ? TENTHS : NUMBER).format(n);
export const percent = (part, whole) => (whole === 0 ? '–' : `${TENTHS.format((100 * part) / whole)} %`);
export const clock = (at) => CLOCK.format(new Date(at));
export const minute = (at) => MINUTE.format(new Date(at));
export const moment = (at) => MOMENT.format(new Date(at));

/** A span of time in its two largest units. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) {
    return `${s} s`;
  }
  if (s < 3600) {
    return inTwo(Math.floor(s / 60), 'min', s % 60, 's');
  }
  if (s < 86_400) {
    return inTwo(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  }
  return inTwo(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

const inTwo = (large, unit, small, smallUnit) => (small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`);

/** Makes the rows those of the items; what stays in place keeps its row, and the focus in it. */
export function rows(body, items, idOf, make) {
  const present = new Map([...body.children].map((row) => [row.dataset.id, row]));
  const wanted = items.map((item) => {
    const row = present.get(idOf(item)) ?? make(item);
    row.dataset.id = idOf(item);
    return row;
  });
  const kept = new Set(wanted);
  [...body.children].filter((row) => !kept.has(row)).forEach((row) => row.remove());
  wanted.forEach((row, i) => {
    if (body.children[i] !== row) {
      body.insertBefore(row, body.children[i] ?? null);
    }
  });
}
