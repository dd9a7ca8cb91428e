// What is looked for on every page. Each check returns a list of faults in words; an empty list is well.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { badDates, leftOverEnglish } from './text.mjs';

const AXE_SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const GRAVE = ['serious', 'critical'];
const NARROW_TO_WIDE = [320, 390, 1366];

function violationInWords({ id, impact, help, nodes }) {
  const where = nodes.slice(0, 3).map((node) => node.target.join(' '));
  const more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : '';
  return `axe ${impact} ${id}: ${help}: ${where.join(' | ')}${more}`;
}

/** `{ grave, other }`: the violations of axe-core by impact, in words. */
export async function axeFindings(page) {
  if (!(await page.evaluate(() => Boolean(globalThis.axe)))) await page.evaluate(AXE_SOURCE);
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }),
    AXE_TAGS,
  );
  const words = (wanted) => violations.filter(({ impact }) => GRAVE.includes(impact) === wanted).map(violationInWords);
  return { grave: words(true), other: words(false) };
}

// Runs in the page: what stands beyond the right edge, unless an ancestor scrolls it.
function overflow() {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return null;
  const scrolled = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    }
    return false;
  };
  const name = (element) => element.tagName.toLowerCase() + (element.id ? `#${element.id}` : '') + [...element.classList].map((c) => `.${c}`).join('');
  const beyond = [...document.body.querySelectorAll('*')].filter(
    (element) => element.getBoundingClientRect().right > root.clientWidth + 1 && !scrolled(element),
  );
  return { by: root.scrollWidth - root.clientWidth, elements: beyond.slice(0, 5).map(name) };
}

/** Nothing to scroll sideways at 320, 390 and 1366 px. The page's size is put back afterwards. */
export async function sidewaysScroll(page) {
  const before = page.viewportSize();
  const faults = [];
  for (const width of NARROW_TO_WIDE) {
    await page.setViewportSize({ width, height: before.height });
    const found = await page.evaluate(overflow);
    if (found) faults.push(`scrolls sideways by ${found.by} px at ${width} px: ${found.elements.join(', ')}`);
  }
  await page.setViewportSize(before);
  return faults;
}

// Runs in the page: everything that a person sees or is read, without what they typed. Marked as no wording
// (translate="no", code) is data in another language, such as a path in the auditor's list.
function shownText() {
  const NO_WORDING = 'script, style, template, noscript, code, [translate="no"]';
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const parts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder.closest(NO_WORDING) || holder.closest('textarea')) continue;
    if (holder.closest('option') ? visible(holder.closest('select') ?? holder) : visible(holder)) parts.push(walker.currentNode.data);
  }
  for (const element of document.body.querySelectorAll('[placeholder], [title], [aria-label], [alt], input[type=submit], input[type=button]')) {
    if (!visible(element) || element.closest(NO_WORDING)) continue;
    for (const attribute of ['placeholder', 'title', 'aria-label', 'alt']) parts.push(element.getAttribute(attribute) ?? '');
    if (element.tagName === 'INPUT' && ['submit', 'button'].includes(element.type)) parts.push(element.value);
  }
  return parts.map((part) => part.trim()).filter(Boolean).join('\n');
}

/** Left-over English and dates of another form. */
export async function wording(page, alsoAllowed = []) {
  const text = await page.evaluate(shownText);
  const english = leftOverEnglish(text, alsoAllowed);
  const dates = badDates(text);
  const faults = [];
  if (english.length > 0) faults.push(`English left over: ${english.join(', ')}`);
  if (dates.length > 0) faults.push(`dates of another form: ${dates.join(', ')}`);
  return faults;
}

/** The first `count` stops of the Tab key from the top of the page, as `tag: name`. */
export async function tabStops(page, count) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    getSelection()?.collapse(document.body, 0);
  });
  const stops = [];
  for (let i = 0; i < count; i += 1) {
    await page.keyboard.press('Tab');
    stops.push(
      await page.evaluate(() => {
        const here = document.activeElement;
        const name = here.getAttribute('aria-label') ?? here.labels?.[0]?.textContent ?? (here.textContent || here.getAttribute('name') || '');
        return `${here.tagName.toLowerCase()}: ${name.trim().replace(/\s+/g, ' ')}`;
      }),
    );
  }
  return stops;
}
