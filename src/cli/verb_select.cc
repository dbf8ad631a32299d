// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include <map>

#include "cli/files.hpp"
#include "cli/key_text.hpp"
#include "cli/progress.hpp"
#include "cli/select_options.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

using nvme::DataFormat;

const std::map<std::string, DataFormat> kFormats = {
    {"csv", DataFormat::kCsv}, {"json", DataFormat::kJson}, {"parquet", DataFormat::kParquet}};

class SelectVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option("KEY", key_, "Key of the value to query")
            ->required()
            ->check(parsed_by(parse_key));
        app.add_option("SQL", sql_,
                       "One SELECT; the value is its table, under any name such as s3object")
            ->required();
        app.add_option("--input", input_, "What the value is: csv, json or parquet (csv if absent)")
            ->check(CLI::IsMember(kFormats));
        app.add_option("--output", output_,
                       "What the result shall be: csv, json or parquet (csv if absent)")
            ->check(CLI::IsMember(kFormats));
        app.add_flag("--no-input-header", no_input_header_,
                     "The first line of the CSV value is data; columns are _1, _2, ...");
        app.add_flag("--no-output-header", no_output_header_,
                     "Leave the header line out of the CSV result");
        app.add_option("--option", named_,
                       "NAME=VALUE, such as delimiter=; or compression=gzip; may be repeated")
            ->expected(1)
            ->take_all()
            ->check(CLI::Validator(why_not_an_option, ""));
        app.add_option("-f,--file", file_, "Write to this file, which appears whole or not at all");
    }

    Result<int> run(Session& session) override {
        const auto key = parse_key(key_);
        if (!key.ok()) return key.status();
        const auto options = query_options(session);
        if (!options.ok()) return options.status();
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        auto output = OutputFile::open(file_);
        if (!output.ok()) return output.status();
        const auto bytes = ask(*drive.value(), key.value(), options.value(), output.value());
        // The only fields of this command that a user chooses are the query and its options.
        if (bytes.code() == Code::kInvalidField)
            return {Status(Code::kQueryRefused, bytes.status().message(),
                           bytes.status().shared_reason())};
        if (!bytes.ok()) return bytes.status();
        if (const Status kept = output.value().commit(); !kept.ok()) return kept;
        if (session.json() && !file_.empty()) {
            auto object = key_json(key.value());
            object["file"] = file_;
            object["bytes"] = bytes.value();
            if (const Status told = session.print_json(object); !told.ok()) return told;
        }
        return kExitDone;
    }

  private:
    Result<kv::SelectOptions> query_options(const Session& session) const {
        kv::SelectOptions options;
        options.input = kFormats.at(input_);
        options.output = kFormats.at(output_);
        options.input_header = options.input == DataFormat::kCsv && !no_input_header_;
        options.output_header = options.output == DataFormat::kCsv && !no_output_header_;
        if (no_input_header_ && options.input != DataFormat::kCsv) {
            session.warn("--no-input-header means nothing with --input " + input_);
        }
        if (no_output_header_ && options.output != DataFormat::kCsv) {
            session.warn("--no-output-header means nothing with --output " + output_);
        }
        auto json = select_options_json(named_);
        if (!json.ok()) return json.status();
        options.json = std::move(json).value();
        return options;
    }

    Result<uint64_t> ask(kv::Client& drive, const Key& key, const kv::SelectOptions& options,
                         OutputFile& output) {
        Progress progress(std::nullopt);
        return drive.select(key, sql_, options, progress.watch(output.sink()));
    }

    std::string key_;
    std::string sql_;
    std::string input_ = "csv";
    std::string output_ = "csv";
    bool no_input_header_ = false;
    bool no_output_header_ = false;
    std::vector<std::string> named_;
    std::string file_;
};

}  // namespace

std::unique_ptr<Verb> make_select() {
    return std::make_unique<SelectVerb>();
}

}  // namespace csd::cli
