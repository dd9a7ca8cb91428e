-- Intake over JSON for wrk: every request is another report under another Idempotency-Key.
--   wrk -t1 -c32 -d10s --latency -s bench/intake.lua http://127.0.0.1:PORT/api/v1/reports -- COOKIE SEED
-- Invented people only: phones of the block 1600000xxxx that nobody holds, names that the demonstration uses.

local SURNAMES = { "苗", "禾", "谷", "麦", "粟", "柏", "桑", "榆", "薛", "闫", "丰", "边" }
local GIVEN = { "小满", "春芽", "晨曦", "石头", "秋实", "念安", "一诺", "雨禾", "平安", "向阳", "冬冬", "果果" }
local PLACES = { "140622100", "140622101", "140623100", "140602100", "140603100" }

local cookie
local sent = 0

function init(args)
  cookie = args[1]
  math.randomseed(tonumber(args[2]) or 1)
end

local function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function()
    return string.format("%x", math.random(0, 15))
  end))
end

local function pick(list) return list[math.random(#list)] end

local function report()
  local age = 3 + sent % 14
  local place = string.format('{"division":"%s","address":"演示街%d号"}', pick(PLACES), math.random(9999))
  local name = "null"
  if sent % 2 == 0 then
    -- Three characters, one of them rare: as seldom alike as real names are.
    name = string.format('"%s%s%s"', pick(SURNAMES), pick(GIVEN), utf8_letter(math.random(0x4E00, 0x9FA0)))
  end
  return string.format([[{"received_at":null,"channel":"phone","demand_type":"tipoff","case_types":["0601"],
"mandatory_situations":[],"title":"演示线索%d",
"content":"来电人反映邻居家约%d岁的孩子连续几天独自在家，未见大人，晚上没有开灯，饭是邻居送的。第%d条演示内容。",
"caller":{"name":"%s先生","phone":"1600000%04d","anonymous":false,"safe_phone":true,"safe_time":null},
"reporter_type":"V04","relation_to_child":"905","confidential":true,"incident_place":%s,"child_location":%s,
"children":[{"name":%s,"sex":"%d","age":%d,"id_number":null}],"danger_flags":[],"reported_to_police":false}]],
    sent, age, sent, pick(SURNAMES), math.random(0, 9999), place, place, name, 1 + sent % 2, age)
end

function utf8_letter(code)
  return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

function request()
  sent = sent + 1
  local headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = uuid(), ["Cookie"] = cookie }
  return wrk.format("POST", nil, headers, report())
end
