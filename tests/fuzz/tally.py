"""Prints which answers each operation gave, and fails when one was never let in at all, or when more than a few that only read
were never answered with what they have: then the run stood before closed doors."""

import json
import sys

FEW = 3
# What is said at the door.
SHUT = {"401", "403"}

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        tally = json.load(file)
except FileNotFoundError:
    sys.exit("没有答复的统计：运行中断了")

unseen = []
shut_out = []
done = 0
for operation, answers in sorted(tally.items(), key=lambda pair: pair[0].split(" ")[1]):
    taken = sum(count for status, count in answers.items() if status.startswith("2"))
    done += taken > 0
    if not taken and operation.startswith("GET"):
        unseen.append(operation)
    if set(answers) <= SHUT:
        shut_out.append(operation)
    told = "  ".join(f"{status}×{count}" for status, count in sorted(answers.items()))
    print(f"{operation:<58} {told}")
print(f"\n{sum(map(lambda one: sum(one.values()), tally.values()))} 次请求，{len(tally)} 个操作，其中 {done} 个有过成功的答复")
if unseen:
    print(f"从未成功读到：{'、'.join(unseen)}")
if shut_out:
    sys.exit(f"从未进门：{'、'.join(shut_out)}：检查账号、签名和令牌")
if len(unseen) > FEW:
    sys.exit("多数操作没有读到内容：检查账号、签名和令牌")
