/* SPDX-License-Identifier: MIT */
#include "common/diag_zh.h"

#include <stdlib.h>
#include <string.h>

/* Ascending by English: found by halving. */
/* clang-format off */
static const struct diag_zh rows[] = {
        {"\"%s\" cannot have such a value", "\"%s\" 不能是这样的值"},
        {"\"%s\" is longer than %zu bytes", "\"%s\" 超过 %zu 字节"},
        {"\"%s\" must be a list", "\"%s\" 应是列表"},
        {"%s needs a value", "%s 需要数值"},
        {"a change is one of restart, reload, elder, device, person", "一项变化是 restart、reload、elder、device、person 之一"},
        {"a contact, a team, or desk", "家属、护理队，或 desk"},
        {"a line is x,y,z in whole milli-g", "每行为 x,y,z，整数毫 g"},
        {"a list is expected here", "这里应是列表"},
        {"a name of the time zone database, as in Asia/Shanghai", "时区数据库里的名称，如 Asia/Shanghai"},
        {"a path is expected", "这里应是路径"},
        {"a test needs a name", "测试需要名称"},
        {"a test that expects nothing can never fail", "什么都不期望的测试永远不会失败"},
        {"a word is expected here", "这里应是一个词"},
        {"acceleration needs samples", "acceleration 需要 samples"},
        {"an expectation asks one thing only", "一条期望只问一件事"},
        {"another test has this name (line %d)", "另一项测试也叫这个名称（第 %d 行）"},
        {"answers stand in the order they are given", "应答要按先后顺序写"},
        {"as in  - { at: 60s, open: [] }", "例如  - { at: 60s, open: [] }"},
        {"as in  [ sos, fall ]", "例如  [ sos, fall ]"},
        {"as in  every: 20s", "例如  every: 20s"},
        {"as in  reload: other-rules", "例如  reload: other-rules"},
        {"as in  rules: [ 30-vitals.yaml ]", "例如  rules: [ 30-vitals.yaml ]"},
        {"as in  samples: fall-waist.csv", "例如  samples: fall-waist.csv"},
        {"as in  value: 125  or  values: [ 125, 126 ]", "例如  value: 125  或  values: [ 125, 126 ]"},
        {"as in  { at: 0s, vital: heart_rate, value: 80 }", "例如  { at: 0s, vital: heart_rate, value: 80 }"},
        {"as in  { at: 30s, as: T1, accept: sos }", "例如  { at: 30s, as: T1, accept: sos }"},
        {"as in  { at: 60s, open: [] }", "例如  { at: 60s, open: [] }"},
        {"as in  { id: W1, class: wristband }", "例如  { id: W1, class: wristband }"},
        {"at most %d paths of files or folders are expected here", "这里最多写 %d 个文件或目录的路径"},
        {"changes stand in the order they happen", "变化要按发生的先后顺序写"},
        {"comes twice: the clocks go back over it", "会出现两次：时钟在此拨回"},
        {"did you mean \"%s\"?", "是不是 \"%s\"？"},
        {"does not exist: the clocks go forward over it", "不存在：时钟在此拨快"},
        {"either at, or from and to", "要么写 at，要么写 from 和 to"},
        {"either late or arrives, not both", "late 和 arrives 只能写一个"},
        {"either repeat or until, not both", "repeat 和 until 只能写一个"},
        {"either value or values, not both", "value 和 values 只能写一个"},
        {"elders of a test stand under elder: or registry:", "测试的老人写在 elder: 或 registry: 里"},
        {"error", "错误"},
        {"exactly one of accept, decline, arrive and close", "accept、decline、arrive、close 恰好写一个"},
        {"exactly one of vital and event says what comes in", "vital 和 event 恰好写一个，说明来了什么"},
        {"has another offset from UTC", "与 UTC 的时差不是这个"},
        {"help", "帮助"},
        {"is not a moment", "不是时刻"},
        {"keys are the columns of docs/registry.md", "可用的键是 docs/registry.zh.md 里的列名"},
        {"leave the offset out where a time comes only once", "只出现一次的时刻不必写时差"},
        {"line %zu of the samples is not that", "采样文件第 %zu 行不是这样"},
        {"list it under devices, or say  unlisted: true", "把它写进 devices，或写  unlisted: true"},
        {"more than %d events from one line", "一行产生的事件超过 %d 个"},
        {"no device has the id \"%s\"", "没有编号为 \"%s\" 的设备"},
        {"no elder has the id \"%s\"", "没有编号为 \"%s\" 的老人"},
        {"no rule has the id \"%s\"", "没有编号为 \"%s\" 的规则"},
        {"nobody who could be paged has the id \"%s\"", "可呼叫的人里没有编号 \"%s\""},
        {"nothing is expected here", "这里什么也没有期望"},
        {"one of open, raised, late, cleared, cancelled, severity_changed, none, page, pages, response, ledger", "open、raised、late、cleared、cancelled、severity_changed、none、page、pages、response、ledger 之一"},
        {"only version 1 of test files is known here", "测试文件只支持 version 1"},
        {"say in a sentence what it shows", "用一句话说明它验证什么"},
        {"say which with the offset, as in \"2026-10-25 01:30+00:00\"", "用时差写明是哪一次，例如 \"2026-10-25 01:30+00:00\""},
        {"see docs/rule-tests.md", "见 docs/rule-tests.zh.md"},
        {"several readings need to know how far apart they are", "多个读数要写明相隔多久"},
        {"take a time before or after the change", "请换一个拨钟之前或之后的时刻"},
        {"tests are named *.test.yaml", "测试文件名以 .test.yaml 结尾"},
        {"the last reading is taken after that", "最后一个读数的时间在它之后"},
        {"the rules of these tests cannot be loaded (%d errors)", "被测规则无法加载（%d 处错误）"},
        {"the rules to reload cannot be loaded", "要换上的规则无法加载"},
        {"the time zone \"%s\" cannot be read", "无法读取时区 \"%s\""},
        {"there is not a single test here", "这里一项测试也没有"},
        {"this is about one moment: say at", "这里说的是某一时刻：请写 at"},
        {"this needs an id", "这里需要编号 id"},
        {"to lies before from", "to 在 from 之前"},
        {"unknown key \"%s\"", "没有 \"%s\" 这个键"},
        {"warning", "警告"},
        {"write  - …  lines below it, or [ … ]", "在下面写  - …  开头的行，或写 [ … ]"},
        {"write  version: 1", "写  version: 1"},
        {"write 90s after the start, \"22:10\", or \"2026-11-25 03:00\"", "写开始后的时长 90s、\"22:10\" 或 \"2026-11-25 03:00\""},
};
/* clang-format on */
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int compare(const void *key, const void *row) {
        return strcmp(key, ((const struct diag_zh *)row)->english);
}

const char *diag_zh_find(const char *english) {
        const struct diag_zh *row = bsearch(english, rows, ROWS, sizeof(rows[0]), compare);

        return row ? row->chinese : NULL;
}

const struct diag_zh *diag_zh_at(size_t index) {
        return index < ROWS ? &rows[index] : NULL;
}
