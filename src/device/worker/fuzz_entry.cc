// SPDX-License-Identifier: BSD-3-Clause
// Tested by fuzz_entry_test.cc.
#include "device/worker/fuzz_entry.hpp"

#include <cstdlib>

#include "device/worker/csv.hpp"
#include "device/worker/errors.hpp"
#include "device/worker/gate.hpp"
#include "device/worker/result_json.hpp"
#include "device/worker/rewrite.hpp"
#include "device/worker/select_options.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

// Like assert, but in every build.
void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

void fuzz_sql_text(Bytes data) {
    auto prepared = prepare_sql(as_text(data));
    require(prepared.ok() || prepared.code() == Code::kQueryRefused);
    // S3 Select's star is gone, so preparing again changes nothing more.
    if (prepared.ok()) require(prepare_sql(prepared.value()).ok());
    (void)explain(as_text(data), Stage::kRun);
}

void fuzz_gate(Bytes data) {
    auto judged = judge(as_text(data));
    if (!judged.ok()) {
        require(judged.code() == Code::kQueryRefused && !judged.status().message().empty());
        return;
    }
    for (const Json* node : judged.value().objects) require(node->is_object());
}

void fuzz_select_options(Bytes data) {
    if (data.empty()) return;
    SelectShape shape{static_cast<nvme::DataFormat>(data[0] % 3), static_cast<nvme::DataFormat>(data[0] / 3 % 3),
                      (data[0] & 0x80) != 0};
    auto options = parse_select_options(as_text(data.subspan(1)), shape);
    require(options.ok() || options.code() == Code::kInvalidField);
    if (options.ok()) require(options.value().out_delimiter != options.value().out_record_delimiter);
}

void fuzz_csv(Bytes data) {
    if (data.empty()) return;
    SelectOptions options;
    if ((data[0] & 1) != 0) options.header = Header::kUse;
    if ((data[0] & 2) != 0) options.comment = '#';
    if ((data[0] & 4) != 0) options.record_delimiter = ";";
    if ((data[0] & 8) != 0) options.escape = '\\';
    std::string_view text = as_text(data.subspan(1));
    auto shape = find_csv_shape(text, (data[0] & 16) != 0, options);
    if (shape.ok()) {
        require(!shape.value().columns.empty());
        Dialect to{"\t", '"', '"', 0, "\n"};
        (void)rewrite_csv(text, shape.value().dialect, to, [](std::string_view) { return Status(); });
    }
    (void)replace_number_words(text, [](std::string_view) { return Status(); });
}

}  // namespace csd::worker
