// SPDX-License-Identifier: BSD-3-Clause
#include "model/session.hpp"

#include <algorithm>

namespace csd::model {

using device::Answer;
using nvme::Dialect;

namespace {

// Prefixes of each other, zero bytes, and the longest: what an order of names could get wrong.
const char* const kKeyTexts[] = {"a", "ab", "abc", "b", "0123456789abcdef", "0123456789abcdeg",
                                 "z~"};

bool allows(const Statuses& allowed, uint16_t status) {
    return std::find(allowed.begin(), allowed.end(), status) != allowed.end();
}

void check_status(const Answer& answer, const Statuses& allowed) {
    if (allows(allowed, answer.status)) return;
    std::string expected;
    for (const uint16_t status : allowed) expected += " " + nvme::status_name(status) + ";";
    RC_FAIL("the drive says " + nvme::status_name(answer.status) + ", the model says" + expected);
}

// DW0 of the size that the drive answers with.
void check_size(const Answer& answer, uint64_t size) {
    RC_ASSERT(uint64_t{answer.dw0} == size);
}

void use_dialect(csd_options& options, Dialect dialect) {
    options.dialect = dialect == Dialect::k2023 ? CSD_DIALECT_2023 : CSD_DIALECT_KEY_VALUE;
}

}  // namespace

Session::Session(Dialect dialect)
    : dialect_(dialect),
      drive_([dialect](csd_options& options) { use_dialect(options, dialect); }),
      model_(dialect) {}

Key Session::key(uint8_t index) {
    if (index < std::size(kKeyTexts)) return *Key::from_text(kKeyTexts[index]);
    return *Key::from_text(std::string_view("a\0", 2));
}

std::string Session::value_of(const Op& op) {
    std::string value(op.bytes, '\0');
    for (size_t i = 0; i < value.size(); i++) value[i] = static_cast<char>(op.fill + i * 7);
    return value;
}

void Session::step(const Op& op) {
    switch (op.kind) {
        case Kind::kStore: return store(op);
        case Kind::kAppend: return append(op);
        case Kind::kStage: return stage(op);
        case Kind::kPublish: return publish(op);
        case Kind::kCompose: return compose(op);
        case Kind::kDelete: return erase(op);
        case Kind::kExist: return exist(op);
        case Kind::kRetrieve: return retrieve(op);
        case Kind::kDescribe: return describe(op);
        case Kind::kList: return list(op);
        case Kind::kFlush: return flush();
        case Kind::kSetEdnek: return set_ednek(op);
        case Kind::kReset: return reset(op);
        case Kind::kFormat: return format();
        case Kind::kRestart: return restart();
    }
}

nvme::Store Session::store_command(const Op& op, const std::string& data) const {
    nvme::Store command;
    command.key = key(op.key);
    command.bytes = static_cast<uint32_t>(data.size());
    command.condition.must_exist = op.must_exist;
    command.condition.must_not_exist = op.must_not_exist && !op.must_exist;
    command.extended = true;
    return command;
}

void Session::send(const Op& op, nvme::Store command, const std::string& data) {
    const auto before = value_now(command.key);
    const Answer answer = drive_.run(command, data, 0, op.controller);
    const Statuses allowed = model_.store(op.controller, command, data);
    check_status(answer, allowed);
    if (answer.status != 0) return;
    if (command.more) {
        check_size(answer, *model_.hidden_size(op.controller, command.key));
    } else {
        check_size(answer, model_.find(command.key)->size());
        written(command.key, before);
    }
}

std::optional<std::string> Session::value_now(const Key& key) const {
    const std::string* value = model_.find(key);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

void Session::written(const Key& key, const std::optional<std::string>& before) {
    if (before != value_now(key)) {
        stale_versions_[key] = versions_[key];
    } else {
        versions_.erase(key);
    }
}

void Session::store(const Op& op) {
    const std::string data = value_of(op);
    nvme::Store command = store_command(op, data);
    command.extended = !is_key_value() || op.flag;
    send(op, command, data);
}

void Session::append(const Op& op) {
    const std::string data = value_of(op);
    nvme::Store command = store_command(op, data);
    command.append = true;
    if (is_key_value() && op.flag) {
        const std::string* value = model_.find(command.key);
        command.at_offset = true;
        command.offset = (value != nullptr ? value->size() : 0) + (op.choice == 0 ? 1 : 0);
    }
    send(op, command, data);
}

void Session::stage(const Op& op) {
    if (!is_key_value()) return;
    const std::string data = value_of(op);
    nvme::Store command = store_command(op, data);
    command.more = true;
    command.at_offset = op.flag;
    const auto hidden = model_.hidden_size(op.controller, command.key);
    if (hidden && op.choice > 1) command.offset = *hidden + (op.choice == 2 ? 1 : 0);
    send(op, command, data);
}

void Session::publish(const Op& op) {
    const std::string data = value_of(op);
    nvme::Store command = store_command(op, data);
    const auto hidden = model_.hidden_size(op.controller, command.key);
    if (is_key_value() && hidden) command.offset = *hidden + (op.choice == 0 ? 1 : 0);
    send(op, command, data);
}

void Session::compose(const Op& op) {
    if (!is_key_value()) return;
    nvme::Compose command;
    command.key = key(op.key);
    command.condition.must_exist = op.must_exist;
    command.condition.must_not_exist = op.must_not_exist && !op.must_exist;
    command.delete_sources = op.flag;
    std::vector<Key> sources;
    for (int i = 0; i <= op.choice % 4; i++) sources.push_back(key((op.other + i * 3) % 8));
    const auto list = nvme::build_key_list(sources, Dialect::kKeyValue);
    command.bytes = static_cast<uint32_t>(list.size());

    const std::map<Key, std::string> before = model_.values();
    const Answer answer = drive_.run(command, as_text(list), 0, op.controller);
    check_status(answer, model_.compose(command, sources));
    if (answer.status != 0) return;
    check_size(answer, model_.find(command.key)->size());
    sources.push_back(command.key);
    for (const Key& each : sources) {
        const auto old = before.find(each);
        written(each, old != before.end() ? std::optional(old->second) : std::nullopt);
    }
}

void Session::erase(const Op& op) {
    const auto before = value_now(key(op.key));
    check_status(drive_.run(nvme::Delete{key(op.key)}), model_.erase(key(op.key)));
    written(key(op.key), before);
}

void Session::exist(const Op& op) {
    check_status(drive_.run(nvme::Exist{key(op.key)}), model_.exist(key(op.key)));
}

void Session::retrieve(const Op& op) {
    nvme::Retrieve command;
    command.key = key(op.key);
    command.bytes = op.bytes;
    command.extended = !is_key_value() || op.flag;
    const std::string* value = model_.find(command.key);
    const uint64_t size = value != nullptr ? value->size() : 0;
    // Somewhere within the value, at its end, or past it.
    if (command.extended && op.choice > 0) command.offset = size * op.choice / 6;

    const Answer answer = drive_.run(command, {}, op.bytes);
    check_status(answer, model_.exist(command.key));
    if (answer.status != 0) return;
    check_size(answer, size);
    const std::string expected =
        command.offset < size ? value->substr(command.offset, op.bytes) : std::string();
    RC_ASSERT(answer.data == expected);
}

void Session::describe(const Op& op) {
    if (!is_key_value()) return;
    nvme::Retrieve command;
    command.key = key(op.key);
    command.bytes = nvme::kDescribeBytes;
    command.extended = true;
    command.describe = true;
    const Answer answer = drive_.run(command, {}, nvme::kDescribeBytes);
    check_status(answer, model_.exist(command.key));
    if (answer.status != 0) return;
    RC_ASSERT(answer.data.size() == nvme::kDescribeBytes);
    const auto described = nvme::read_value_description(as_bytes(answer.data));
    RC_ASSERT(described.size == model_.find(command.key)->size());

    const auto stale = stale_versions_.find(command.key);
    if (stale != stale_versions_.end() && stale->second != 0) {
        RC_ASSERT(described.version != stale->second);
    } else if (versions_[command.key] != 0) {
        RC_ASSERT(described.version == versions_[command.key]);
    }
    stale_versions_.erase(command.key);
    versions_[command.key] = described.version;
}

void Session::list(const Op& op) {
    const Key start = op.choice == 0 ? Key() : key(op.other);
    const auto room = static_cast<uint32_t>(op.choice % 2 == 0 ? 4096 : 4 + 12 * op.choice);
    std::vector<Key> expected;
    uint32_t total = 0;
    size_t used = 4;
    for (const auto& [key, value] : model_.values()) {
        if (key < start) continue;
        total++;
        used += nvme::list_entry_bytes(key.size(), dialect_);
        if (used <= room) expected.push_back(key);
    }
    const Answer answer = drive_.run(nvme::List{start, room}, {}, room);
    check_status(answer, {nvme::kSuccess});
    const auto keys = nvme::parse_key_list(as_bytes(answer.data), dialect_);
    RC_ASSERT(keys.ok());
    RC_ASSERT(keys.value() == expected);
    if (!is_key_value()) check_size(answer, total);
}

void Session::flush() {
    RC_ASSERT(csd_flush(drive_.device()) == nvme::kSuccess);
}

void Session::set_ednek(const Op& op) {
    if (!is_key_value()) return;
    RC_ASSERT(csd_set_feature(drive_.device(), 0x20, op.flag ? 1 : 0) == nvme::kSuccess);
    model_.set_ednek(op.flag);
}

void Session::reset(const Op& op) {
    csd_reset(drive_.device(), op.controller);
    model_.reset(op.controller);
}

void Session::format() {
    RC_ASSERT(csd_format(drive_.device(), 0) == nvme::kSuccess);
    const std::map<Key, std::string> before = model_.values();
    model_.format();
    for (const auto& [key, value] : before) written(key, value);
}

void Session::restart() {
    drive_.reopen();
    model_.restart();
    versions_.clear();
    stale_versions_.clear();
}

void Session::compare_all() {
    Op whole;
    whole.kind = Kind::kList;
    list(whole);
    whole.bytes = 1 << 20;
    for (uint8_t index = 0; index < 8; index++) {
        whole.key = index;
        exist(whole);
        retrieve(whole);
        describe(whole);
    }
    csd_statistics statistics{};
    statistics.struct_size = sizeof statistics;
    csd_get_statistics(drive_.device(), &statistics);
    RC_ASSERT(statistics.keys == model_.values().size());
    RC_ASSERT(statistics.used_bytes == model_.used_bytes());
    uint32_t feature = 0;
    RC_ASSERT(csd_get_feature(drive_.device(), 0x20, &feature) == nvme::kSuccess);
    RC_ASSERT(feature == (is_key_value() ? (model_.ednek() ? 1u : 0u) : 3u));
}

}  // namespace csd::model
