"""Prints which answers each operation gave, and fails when more than a few that only read were never answered with what they
have: then the run stood before closed doors."""

import json
import sys

FEW = 3

with open(sys.argv[1], encoding="utf-8") as file:
    tally = json.load(file)

unseen = []
done = 0
for operation, answers in sorted(tally.items(), key=lambda pair: pair[0].split(" ")[1]):
    taken = sum(count for status, count in answers.items() if status.startswith("2"))
    done += taken > 0
    if not taken and operation.startswith("GET"):
        unseen.append(operation)
    told = "  ".join(f"{status}×{count}" for status, count in sorted(answers.items()))
    print(f"{operation:<58} {told}")
print(f"\n{sum(map(lambda one: sum(one.values()), tally.values()))} 次请求，{len(tally)} 个操作，其中 {done} 个有过成功的答复")
if unseen:
    print(f"从未成功读到：{'、'.join(unseen)}")
if len(unseen) > FEW:
    sys.exit("多数操作没有读到内容：检查账号、签名和令牌")
