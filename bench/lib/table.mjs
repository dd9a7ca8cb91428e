// Numbers into Markdown.

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);

export const median = (numbers) => percentile(numbers, 0.5);

export function percentile(numbers, share) {
  const all = sorted(numbers);
  return all[Math.min(all.length - 1, Math.max(0, Math.ceil(all.length * share) - 1))];
}

export const fixed = (number, digits = 1) => number.toFixed(digits);

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
