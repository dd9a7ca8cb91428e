import assert from 'node:assert/strict';
import test from 'node:test';
import { badDates, leftOverEnglish } from './text.mjs';

test('an English word left on a screen is found, once', () => {
  assert.deepEqual(leftOverEnglish('保存 Save 草稿 draft；Save'), ['Save', 'draft']);
  assert.deepEqual(leftOverEnglish('阶段 in_progress'), ['in_progress']);
  assert.deepEqual(leftOverEnglish('None'), ['None']);
});

test('codes, keys, formats and account names are no English', () => {
  const text = 'RT02 DL07 MR4 L1 V04 按 Ctrl+Enter 或 F9，导出 CSV、XLSX；140699200001011 X；operator2 的 API';
  assert.deepEqual(leftOverEnglish(text), []);
  assert.deepEqual(leftOverEnglish('TH-140622-20261123-0001 SZ12345-20261123-000017 GB 2312'), []);
});

test('a journey may allow words of its own', () => {
  assert.deepEqual(leftOverEnglish('曾用名 Anna', ['Anna']), []);
});

test('dates of the one form pass', () => {
  assert.deepEqual(badDates('2026-11-23 09:12，草稿已保存 09:35:10，朔政发〔2023〕15号，140622100-0001'), []);
});

test('other forms of a date are found', () => {
  for (const wrong of ['2026-11-23T09:12:00Z', '2026-11-23T09:12', '2026-11-23 09:12:05', '2026/11/23', '2026-1-3', '09:12 UTC', '2026-11-23 9:12']) {
    assert.notDeepEqual(badDates(`于${wrong}登记`), [], wrong);
  }
});
