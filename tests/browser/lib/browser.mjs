// Chromium of the system, silent towards the network, and the watchers that every page of a journey is under.

import { chromium } from 'playwright-core';

export const DESKTOP = { width: 1366, height: 768 };
export const PHONE = { width: 360, height: 740 };

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A browser of one person: cookies of its own, Chinese, time of Shanghai. `options` are those of Playwright's newContext. */
export async function newPerson(browser, base, options, onFault) {
  const context = await browser.newContext({
    baseURL: base,
    viewport: DESKTOP,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(10_000);
  watch(context, base, onFault);
  return context;
}

// Chromium reports every answer of 400 and above as a console error; the answers themselves are judged below.
const ANSWER_OF_ERROR = /^Failed to load resource: the server responded with a status of/;
const MAY_BE_REFUSED = new Set(['document', 'xhr', 'fetch']);

function watch(context, base, onFault) {
  const { origin } = new URL(base);
  context.on('console', (message) => {
    if (message.type() !== 'error' || ANSWER_OF_ERROR.test(message.text())) return;
    onFault(`console error: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => onFault(`script error: ${error.error().message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) onFault(`request to another origin: ${request.url()}`);
  });
  context.on('response', (response) => {
    const status = response.status();
    const kind = response.request().resourceType();
    if (status >= 500) onFault(`answer ${status} to ${response.request().method()} ${response.url()}`);
    else if (status >= 400 && !MAY_BE_REFUSED.has(kind)) onFault(`answer ${status} for the ${kind} ${response.url()}`);
  });
}
