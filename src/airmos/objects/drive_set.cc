// SPDX-License-Identifier: BSD-3-Clause
// Tested by set_test.cc.
#include "airmos/objects/drive_set.hpp"

#include "airmos/objects/values.hpp"

namespace csd::airmos::objects {
namespace {

std::string nth(size_t index) {
    return "drive " + std::to_string(index + 1);
}

Status wrong(const std::string& device, const std::string& what) {
    return {Code::kUsage, "'" + device + "' " + what};
}

Result<SetAnswer> look(Drive& drive, kv::Client& client) {
    SetAnswer answer;
    const auto value = read_value(drive, client, set_key());
    if (value.ok()) {
        auto record = decode<SetRecord>(value.value());
        if (!record.ok()) {
            return Status(Code::kIo,
                          "its record of the set cannot be read: " + record.status().message());
        }
        answer.record = std::move(record).value();
        return answer;
    }
    if (value.code() != Code::kNotFound) return value.status();
    const auto keys = client.list({.limit = 1});
    if (!keys.ok()) return keys.status();
    answer.holds_values = !keys.value().empty();
    return answer;
}

Status judge_record(const SetAnswer& answer, const SetIdentity& set, size_t count, size_t index) {
    const SetRecord& record = *answer.record;
    if (record.set != set) {
        return wrong(answer.device,
                     "belongs to another set of drives. Give the drives of one set.");
    }
    if (record.count != count) {
        return wrong(answer.device,
                     "belongs to a set of " + std::to_string(record.count) + " drives, and " +
                         std::to_string(count) +
                         " are given. Give all of them, in their order; one that does not "
                         "answer is given all the same.");
    }
    if (record.index != index) {
        return wrong(answer.device, "is " + nth(record.index) + " of its set, and is given as " +
                                        nth(index) +
                                        ". Give the drives in their order, each once.");
    }
    return {};
}

Status store_record(Drive& drive, const SetRecord& record) {
    const auto stored = drive.run_now(Lane::kQuick, [&](kv::Client& client) -> Outcome<Status> {
        return store_value(drive, client, set_key(), encode(record));
    });
    if (!stored.ok()) return {Code::kTransport, std::string(stored.error().message())};
    return stored.value();
}

// Of a set that came to nothing, so that its drives can be given to another.
void erase_record(Drive& drive) {
    drive
        .run_now(
            Lane::kQuick,
            [](kv::Client& client) -> Outcome<Status> { return erase_value(client, set_key()); })
        .ok();
}

// Two names of one drive: its record is then the second's.
Status check_records(const std::vector<std::unique_ptr<Drive>>& drives, const SetIdentity& set) {
    for (const auto& drive : drives) {
        const SetAnswer answer = ask_for_set(*drive);
        if (!answer.reachable) return {Code::kTransport, answer.why_not};
        const Status fits = judge_late(answer, set, drives.size(), drive->index());
        if (!fits.ok()) return fits;
    }
    return {};
}

}  // namespace

SetAnswer ask_for_set(Drive& drive) {
    auto asked = drive.run_now(Lane::kQuick, [&](kv::Client& client) -> Outcome<SetAnswer> {
        auto answer = look(drive, client);
        if (!answer.ok()) return Error("ServiceUnavailable", answer.status().message());
        return std::move(answer).value();
    });
    SetAnswer answer;
    if (asked.ok()) {
        answer = std::move(asked.value());
        answer.reachable = true;
    } else {
        answer.reachable = false;
        answer.why_not = asked.error().message();
    }
    answer.device = drive.device();
    return answer;
}

Result<SetJudgement> judge_set(const std::vector<SetAnswer>& answers) {
    SetJudgement judged;
    const SetAnswer* silent = nullptr;
    for (const SetAnswer& answer : answers) {
        if (!answer.reachable) silent = &answer;
        if (!answer.record) continue;
        if (!judged.begun) judged.set = answer.record->set;
        judged.begun = true;
        judged.formed = judged.formed || answer.record->formed;
    }
    for (size_t i = 0; i < answers.size(); i++) {
        const SetAnswer& answer = answers[i];
        if (!answer.reachable) continue;
        if (answer.record) {
            const Status fits = judge_record(answer, judged.set, answers.size(), i);
            if (!fits.ok()) return fits;
        } else if (judged.formed) {
            return wrong(answer.device,
                         "has no record of a set, and the other drives do. It is not " + nth(i) +
                             " of their set.");
        } else if (answer.holds_values) {
            return wrong(answer.device,
                         "holds values that are not AirMOS's. Give an empty drive; `kvcli format` "
                         "empties one.");
        }
    }
    if (!judged.formed && silent != nullptr) {
        return wrong(silent->device,
                     "does not answer, and a new set needs all its drives: " + silent->why_not);
    }
    return judged;
}

Status judge_late(const SetAnswer& answer, const SetIdentity& set, size_t count, size_t index) {
    if (!answer.record) {
        return wrong(answer.device,
                     "has no record of a set. It is not " + nth(index) + " of this one.");
    }
    return judge_record(answer, set, count, index);
}

Result<SetIdentity> form_set(const std::vector<std::unique_ptr<Drive>>& drives,
                             const SetJudgement& judged) {
    SetRecord record;
    record.set = judged.set;
    if (!judged.begun) {
        store_le<uint64_t>(record.set, 0, random_number());
        store_le<uint64_t>(record.set, 8, random_number());
    }
    record.count = static_cast<uint32_t>(drives.size());
    for (const bool formed : {false, true}) {
        record.formed = formed;
        for (const auto& drive : drives) {
            record.index = static_cast<uint32_t>(drive->index());
            if (const Status stored = store_record(*drive, record); !stored.ok()) return stored;
        }
        if (const Status right = check_records(drives, record.set); !right.ok()) {
            if (!formed) {
                for (const auto& drive : drives) erase_record(*drive);
            }
            return right;
        }
    }
    return record.set;
}

}  // namespace csd::airmos::objects
