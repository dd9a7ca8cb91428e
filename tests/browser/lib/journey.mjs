// What a journey has in its hand: people with browsers of their own, steps that are told, checks, screenshots, the demo's clock.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { axeFindings, sidewaysScroll, tabStops, wording } from './checks.mjs';
import { DESKTOP, PHONE, newPerson } from './browser.mjs';

export const PASSWORD = 'tonghu-demo-2026';

export class Journey {
  /** Faults found by checks and watchers; the journey goes on and fails at its end. */
  faults = [];
  #contexts = [];
  #scriptless = new WeakSet();
  #place = 'start';

  constructor({ name, browser, base, root, log }) {
    this.name = name;
    /** The file into which the server writes. */
    this.log = log;
    this.base = base;
    this.browser = browser;
    this.screens = path.join(root, 'build', 'screens', name);
    rmSync(this.screens, { recursive: true, force: true });
    mkdirSync(this.screens, { recursive: true });
  }

  fault(words) {
    const line = `[${this.#place}] ${words}`;
    if (!this.faults.includes(line)) this.faults.push(line);
  }

  /** Names what comes next; faults found from here on are told with it. */
  step(words) {
    this.#place = words;
    console.log(`    ${this.name} · ${words}`);
  }

  /** A page in a browser of its own (nobody signed in). `{ phone: true }`: 360 px wide with touch; `{ javaScriptEnabled: false }`: without script. */
  async open({ phone = false, ...options } = {}) {
    const touch = phone ? { viewport: PHONE, hasTouch: true, isMobile: true } : {};
    const context = await newPerson(this.browser, this.base, { ...touch, ...options }, (words) => this.fault(words));
    this.#contexts.push(context);
    if (options.javaScriptEnabled === false) this.#scriptless.add(context);
    return context.newPage();
  }

  /** Goes to `address` and expects the page to answer `status`. */
  async go(page, address, status = 200) {
    const response = await page.goto(address);
    assert.equal(response.status(), status, `${address} answered ${response.status()}`);
    return response;
  }

  async tryToSignIn(page, user, password) {
    if (new URL(page.url(), this.base).pathname !== '/login') await page.goto('/login');
    await page.fill('[name=username]', user);
    await page.fill('[name=password]', password);
    await Promise.all([page.waitForNavigation(), page.locator('form:has([name=password]) [type=submit]').click()]);
  }

  async signIn(page, user) {
    await this.tryToSignIn(page, user, PASSWORD);
    assert.notEqual(new URL(page.url()).pathname, '/login', `${user} could not sign in`);
    return page;
  }

  /** A page on which `user` is signed in. */
  async as(user, options = {}) {
    return this.signIn(await this.open(options), user);
  }

  /** Moves the demo's clock ahead by whole days. Everybody must sign in again afterwards. */
  async jump(page, days) {
    const token = page.locator('input[type=hidden][name*=csrf i]').first();
    const form = { days: String(days) };
    if ((await token.count()) > 0) form[await token.getAttribute('name')] = await token.inputValue();
    const response = await page.request.post('/demo/clock', {
      form,
      headers: { origin: this.base, 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    });
    assert.ok(response.status() < 400, `/demo/clock answered ${response.status()}`);
  }

  /** A window as wide as `size` and as tall as the page, so that what sticks to its foot hides nothing. */
  async #unroll(page, size) {
    await page.setViewportSize(size);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    if (height > size.height) await page.setViewportSize({ ...size, height });
  }

  /** Screenshots at 1366×768 and 360×740, whole pages, in build/screens/<journey>/. */
  async shot(page, name) {
    const before = page.viewportSize();
    for (const size of [DESKTOP, PHONE]) {
      await this.#unroll(page, size);
      await page.screenshot({ path: path.join(this.screens, `${name}-${size.width}.png`), animations: 'disabled' });
    }
    await page.setViewportSize(before);
  }

  /** Violations of serious or critical impact are faults, others are told. Not for a page without script, where axe cannot run. */
  async axe(page) {
    if (this.#scriptless.has(page.context())) return;
    const { grave, other } = await axeFindings(page);
    const { pathname } = new URL(page.url());
    for (const words of grave) this.fault(`${pathname} ${words}`);
    for (const words of other) console.log(`      ${this.name} note: ${pathname} ${words}`);
  }

  async noSidewaysScroll(page) {
    const { pathname } = new URL(page.url());
    for (const words of await sidewaysScroll(page)) this.fault(`${pathname} ${words}`);
  }

  /** No left-over English, dates as 2026-11-23 09:12. `allow`: words that are data on this page. */
  async wording(page, { allow = [] } = {}) {
    const { pathname } = new URL(page.url());
    for (const words of await wording(page, allow)) this.fault(`${pathname} ${words}`);
  }

  /** Everything that is asked of every page: wording, accessibility wide and narrow, no sideways scroll, screenshots. */
  async look(page, name, { allow = [] } = {}) {
    const before = page.viewportSize();
    await this.wording(page, { allow });
    for (const size of [DESKTOP, PHONE]) {
      await this.#unroll(page, size);
      await this.axe(page);
    }
    await page.setViewportSize(before);
    await this.noSidewaysScroll(page);
    await this.shot(page, name);
  }

  tabStops(page, count) {
    return tabStops(page, count);
  }

  /** Pictures of every open page, for a journey that broke off. */
  async keepEvidence() {
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      console.log(`      ${this.name} open: ${page.url()}`);
      await page.screenshot({ path: path.join(this.screens, `broken-off-${index}.png`), timeout: 5_000 }).catch(() => {});
    }
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close().catch(() => {})));
  }
}
