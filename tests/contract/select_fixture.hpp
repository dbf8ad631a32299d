// SPDX-License-Identifier: BSD-3-Clause
//
// Select: the language of the tests of 85h and 86h, and the values they ask.
#pragma once

#include <chrono>
#include <thread>

#include "contract/contract.hpp"

namespace csd::contract {

using nvme::DataFormat;
using nvme::ResultState;

inline constexpr char kCars[] = "name,mpg,price\nford,18,3504.5\nbuick,15,\nfiat,30,2130\n";
inline constexpr char kCarLines[] =
    "{\"name\":\"ford\",\"mpg\":18}\n{\"name\":\"buick\",\"mpg\":15}\n{\"name\":\"fiat\",\"mpg\":"
    "30}\n";
inline constexpr char kCarDocument[] =
    "[{\"name\":\"ford\",\"mpg\":18},\n {\"name\":\"fiat\",\"mpg\":30}]";

struct Ask {
    DataFormat input = DataFormat::kCsv;
    DataFormat output = DataFormat::kCsv;
    bool input_header = true;
    bool output_header = false;
    bool asynchronous = false;
    std::string options = {};
};

class Select : public Contract {
  protected:
    Answer send(std::string_view name, std::string_view sql, const Ask& ask = {}) {
        nvme::SelectSend command;
        command.key = key(name);
        command.input = ask.input;
        command.output = ask.output;
        command.input_header = ask.input_header;
        command.output_header = ask.output_header;
        command.asynchronous = ask.asynchronous;
        command.option_bytes = static_cast<uint32_t>(ask.options.size());
        const std::string data = ask.options + std::string(sql);
        command.bytes = static_cast<uint32_t>(data.size());
        return drive().run(command, data);
    }

    struct Fetch {
        size_t room = 64 * kKiB;
        uint64_t offset = 0;
        bool keep = false;
        bool keep_unless_all = false;
    };
    // `data` is cut to what the drive filled.
    Answer fetch(uint32_t id, const Fetch& how) {
        nvme::SelectRetrieve command;
        command.id = id;
        command.bytes = static_cast<uint32_t>(how.room);
        command.offset = how.offset;
        command.keep = how.keep;
        command.keep_unless_all = how.keep_unless_all;
        Answer answer = drive().run(command, {}, how.room);
        const uint64_t rest = answer.dw0 > how.offset ? answer.dw0 - how.offset : 0;
        answer.data.resize(std::min<uint64_t>(answer.status == 0 ? rest : 0, how.room));
        return answer;
    }
    Answer fetch(uint32_t id) { return fetch(id, Fetch()); }

    // The whole answer to a select that succeeds.
    std::string ask(std::string_view name, std::string_view sql, const Ask& how = {}) {
        const Answer sent = send(name, sql, how);
        EXPECT_THAT(sent, Says(nvme::kSuccess)) << sql << "\n" << reason();
        EXPECT_NE(sent.dw0, 0u) << "an id is never 0";
        return sent.status == 0 ? fetch(sent.dw0).data : "";
    }
    // Why this controller's last select failed; the 2023 dialect does not tell.
    std::string reason() { return is_key_value() ? fetch(0).data : ""; }

    nvme::ResultDescription describe(uint32_t id) {
        nvme::SelectRetrieve command;
        command.id = id;
        command.describe = true;
        command.bytes = nvme::kDescribeBytes;
        const Answer answer = drive().run(command, {}, nvme::kDescribeBytes);
        EXPECT_THAT(answer, Says(nvme::kSuccess));
        if (answer.status != 0) return {.state = ResultState::kFailed};
        return nvme::read_result_description(as_bytes(answer.data));
    }
    ResultState wait_for_the_end(uint32_t id) {
        for (int i = 0; i < 6000; i++) {
            const ResultState state = describe(id).state;
            if (state != ResultState::kRunning) return state;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return ResultState::kRunning;
    }
};

}  // namespace csd::contract
