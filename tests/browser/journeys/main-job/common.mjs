// What every part of the main job does: going to the case, pressing a button that leads on, filling the four-colour scale.

import assert from 'node:assert/strict';

export const caseAt = (job, path = '') => `/cases/${job.case}${path}`;

/** Presses a button or link and waits for the page that follows; returns its answer. */
export async function press(page, name, { exact = true, within = page } = {}) {
  const [response] = await Promise.all([page.waitForNavigation(), within.getByRole('button', { name, exact }).click()]);
  return response;
}

export async function follow(page, name, { exact = true, within = page } = {}) {
  const [response] = await Promise.all([page.waitForNavigation(), within.getByRole('link', { name, exact }).first().click()]);
  assert.equal(response.status(), 200, `${name} answered ${response.status()}`);
}

/** Goes to the case through the work list, as people do. */
export async function openFromList(job, page) {
  await job.t.go(page, '/cases');
  await follow(page, job.number);
  assert.equal(new URL(page.url()).pathname, caseAt(job));
}

/** The words of the case's stage, level and next steps. */
export async function stageOf(page) {
  return page.locator('.strip .st').first().innerText();
}

export async function said(page, words) {
  assert.match(await page.locator('.flash').innerText(), words);
}

/** Gives every scored item of the scale its most points. */
export async function giveFullMarks(page) {
  for (const select of await page.locator('select[name^="marks/"]').all()) await select.selectOption({ index: 2 });
}

/** A photo as a phone makes it: a JPEG of a wall, drawn in the browser. */
export async function photoOf(page) {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1200, 900];
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#c8b89a';
    pen.fillRect(0, 0, 1200, 900);
    pen.fillStyle = '#6b5a43';
    pen.fillRect(380, 260, 420, 640);
    return canvas.toDataURL('image/jpeg', 0.9);
  });
  return { name: 'menkou.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(url.split(',')[1], 'base64') };
}
