// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/sql.
#include "device/worker/select.hpp"

#include <algorithm>
#include <set>

#include "device/worker/blame.hpp"
#include "device/worker/csv.hpp"
#include "device/worker/errors.hpp"
#include "device/worker/files.hpp"
#include "device/worker/gate.hpp"
#include "device/worker/literals.hpp"
#include "device/worker/result_json.hpp"
#include "device/worker/rewrite.hpp"
#include "device/worker/select_options.hpp"
#include "device/worker/sql_text.hpp"
#include "device/worker/value_source.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

using nvme::DataFormat;

constexpr const char* kSerialize = "SELECT json_serialize_sql($1::VARCHAR)";
constexpr const char* kDeserialize = "SELECT json_deserialize_sql($1::JSON)";

Status no_memory() {
    return nvme::query_failure(
        nvme::ReasonCode::kMemory,
        "the query needs more memory than it may have; select fewer columns, "
        "or sort and group less");
}

// A statement that gives one text.
Result<std::string> one_text(Database& database, const char* sql, std::string_view argument) {
    Rows rows = database.query(sql, argument);
    if (rows.error) return explain(rows.error->text, Stage::kParse);
    if (rows.rows.size() != 1 || rows.rows[0].size() != 1 || !rows.rows[0][0])
        return nvme::query_failure(nvme::ReasonCode::kRefused, "the SQL could not be parsed");
    return *rows.rows[0][0];
}

// The from-clause of our own SQL as a tree.
Result<Json> tree_of(Database& database, const std::string& from) {
    auto text = one_text(database, kSerialize, "SELECT * FROM " + from);
    if (!text.ok()) return text.status();
    Json tree = Json::parse(text.value(), nullptr, false);
    if (tree.is_discarded() || tree.value("error", true))
        return nvme::query_failure(nvme::ReasonCode::kEngine,
                                   "the query engine refused the drive's own SQL");
    return tree["statements"][0]["node"]["from_table"];
}

class Select {
  public:
    Select(Database& database, SelectOptions options, const SelectShape& shape, bool output_header,
           unsigned threads)
        : database_(database),
          options_(std::move(options)),
          shape_(shape),
          output_header_(output_header),
          threads_(threads) {}

    Status run(std::string_view sql) {
        const Status status = try_to_run(sql);
        if (status.ok()) return status;
        return blame_value({database_, source_.from, source_.names, prepared_, options_, shape_},
                           status, parts_);
    }

  private:
    Status try_to_run(std::string_view sql) {
        auto prepared = prepare_sql(sql);
        if (!prepared.ok()) return prepared.status();
        prepared_ = std::move(prepared).value();
        paths_ = prepared_.paths;
        auto serialized = one_text(database_, kSerialize, prepared_.text);
        if (!serialized.ok()) return serialized.status();
        auto judged = judge(serialized.value(), &prepared_);
        if (!judged.ok()) return judged.status();
        drop_own_schema(judged.value().tree);
        const Status printed = judge_as_printed(judged.value().tree);
        if (!printed.ok()) return printed;
        auto source = open_value(options_, shape_, threads_);
        if (!source.ok()) return source.status();
        source_ = std::move(source).value();
        if (!source_.doubt.ok()) return why_unreadable();
        Status bound = bind_to_value(judged.value());
        if (!bound.ok()) return bound;
        auto query = one_text(database_, kDeserialize, judged.value().tree.dump());
        if (!query.ok()) return query.status();
        return copy(query.value());
    }

    // What runs is the tree as DuckDB prints it. A name that it printed without quotes could hold anything, so
    // the printed SQL has to pass the gate as well.
    Status judge_as_printed(const Json& tree) {
        auto printed = one_text(database_, kDeserialize, tree.dump());
        if (!printed.ok()) return printed.status();
        auto again = one_text(database_, kSerialize, printed.value());
        return again.ok() ? judge(again.value()).status() : again.status();
    }

    // DuckDB reads all of a value that it isn't told the columns of, and knows best what is wrong in it. What it would
    // read nevertheless, it would read with types of its own choice.
    Status why_unreadable() {
        Columns columns = database_.describe("SELECT * FROM " + source_.from);
        return columns.error ? explain(columns.error->text, Stage::kSchema) : source_.doubt;
    }

    Status bind_to_value(Judged& judged) {
        if (judged.positions) {
            if (source_.names.empty()) {
                Columns columns = database_.describe("SELECT * FROM " + source_.from);
                if (columns.error) return explain(columns.error->text, Stage::kSchema);
                for (Column& column : columns.columns) {
                    if (!is_utf8_text(column.name))
                        return nvme::query_failure(nvme::ReasonCode::kNotUtf8,
                                                   "a column's name is not UTF-8 text; convert the "
                                                   "value to UTF-8");
                    source_.names.push_back(std::move(column.name));
                }
            }
            name_positions(judged, source_.names);
        }
        Status named = keep_names(
            judged, [this](const Json& expression) { return text_of_expression(expression); });
        if (!named.ok()) return named;
        keep_literal_types(judged.tree);
        return replace_objects(judged, paths_, [this](const std::string& path) {
            return tree_of(database_, path.empty() ? source_.from : below_path(path));
        });
    }

    Result<std::string> text_of_expression(const Json& expression) {
        constexpr std::string_view kSelect = "SELECT ";
        auto frame = one_text(database_, kSerialize, std::string(kSelect) + "1");
        if (!frame.ok()) return frame.status();
        Json tree = Json::parse(frame.value());
        tree["statements"][0]["node"]["select_list"][0] = expression;
        auto text = one_text(database_, kDeserialize, tree.dump());
        if (!text.ok()) return text.status();
        return with_paths(text.value().substr(std::min(kSelect.size(), text.value().size())));
    }

    // An expression's text, which is but a column's name, with the paths as the user knows them.
    std::string with_paths(std::string text) const {
        for (size_t i = 0; i < paths_.size(); i++) {
            std::string object = "s3object" + std::string(kPathMark);
            std::string ours = sql_name(object + std::to_string(i));
            for (size_t at = text.find(ours); at != std::string::npos; at = text.find(ours, at)) {
                text.replace(at, ours.size(), object + paths_[i]);
                at += object.size() + paths_[i].size();
            }
        }
        return text;
    }

    // S3Object[*].path, the path as prepare_sql quoted it: a row per value there. A list gives a row per element, an object spreads to columns.
    std::string below_path(const std::string& path) {
        std::string value = "s3object." + path, from = " FROM " + source_.from + " AS s3object";
        Columns columns = database_.describe("SELECT " + value + from);
        Shape shape = columns.error || columns.columns.size() != 1 ? Shape::kScalar
                                                                   : columns.columns[0].shape;
        switch (shape) {
            case Shape::kListOfStructs: value = "unnest(" + value + ", max_depth := 2)"; break;
            case Shape::kList:
                value = "unnest(" + value + ") AS " + sql_name(columns.columns[0].name);
                break;
            case Shape::kStruct: value = "unnest(" + value + ")"; break;
            case Shape::kScalar:
            case Shape::kOtherNested: break;
        }
        return "(SELECT " + value + from + ")";
    }

    Status copy(const std::string& query) {
        bool csv = shape_.output == DataFormat::kCsv;
        statement_ = copy_statement(csv ? with_nested_as_json(query) : query);
        std::optional<EngineError> error = database_.execute(statement_);
        if (error && is_duplicate_name(error->text)) {
            statement_ = copy_statement(with_unique_names(query));
            error = database_.execute(statement_);
        }
        if (error) {
            Status status = explain(error->text, Stage::kRun,
                                    {&prepared_, &source_.names, place_of(*error, query)}, &parts_);
            return status.code() == Code::kQueryRefused ? blame_options(status) : status;
        }
        if (shape_.output == DataFormat::kJson) return drop_number_words();
        if (rewrites_output()) return rewrite_output();
        return csv ? drop_number_words_of_fields() : Status();
    }

    // DuckDB's position is one in the statement that ran: around the query stands our COPY, and within it what reads the value.
    std::optional<uint32_t> place_of(const EngineError& error, const std::string& query) {
        const size_t begin = statement_.find(query);
        if (!error.position || begin == std::string::npos || *error.position < begin ||
            *error.position - begin >= query.size())
            return std::nullopt;
        const size_t position = *error.position - begin;
        std::string users = query;
        constexpr std::string_view kFrame = "SELECT * FROM ";
        auto tree = one_text(database_, kSerialize, std::string(kFrame) + source_.from);
        auto printed =
            tree.ok() ? one_text(database_, kDeserialize, tree.value()) : std::move(tree);
        if (!printed.ok() || printed.value().size() <= kFrame.size()) return std::nullopt;
        const std::string reader = printed.value().substr(kFrame.size());
        for (size_t at = 0; (at = users.find(reader, at)) != std::string::npos;)
            users.replace(at, reader.size(), reader.size(), ' ');
        if (users[position] == ' ') return std::nullopt;
        return place_as_written(prepared_.written, users, position);
    }

    // A type that does not exist may be the query's or the options' mistake.
    Status blame_options(const Status& status) {
        if (options_.columns.empty()) return status;
        Columns columns = database_.describe("SELECT * FROM " + source_.from);
        if (!columns.error) return status;
        return nvme::query_failure(
            nvme::ReasonCode::kOptionValue, "option {subject}: {1}",
            {.subject = "columns",
             .details = {explain(columns.error->text, Stage::kRun).message()}});
    }

    // DuckDB writes delimiters of one byte, and records as lines. Where fields are to be changed, they have to be told apart.
    bool rewrites_output() const {
        return shape_.output == DataFormat::kCsv &&
               (options_.out_record_delimiter != "\n" || options_.out_delimiter.size() > 1 ||
                (options_.out_quote == 0 && has_json_fields()));
    }

    // Where DuckDB writes: not where it reads.
    int output_fd() const {
        if (!rewrites_output()) return kResultFd;
        bool taken = source_.from.find(sql_string(path_of(kInputScratchFd))) != std::string::npos;
        return taken ? kOutputScratchFd : kInputScratchFd;
    }

    // The line feed keeps a comment at the query's end from swallowing the bracket.
    std::string copy_statement(const std::string& query) const {
        std::string sql = "COPY (" + query + "\n) TO " + sql_string(path_of(output_fd())) +
                          " (USE_TMP_FILE false, ";
        switch (shape_.output) {
            case DataFormat::kParquet: return sql + "FORMAT parquet)";
            case DataFormat::kJson: return sql + "FORMAT json, ARRAY false)";
            case DataFormat::kCsv: break;
        }
        sql += std::string("FORMAT csv, HEADER ") + (output_header_ ? "true" : "false");
        if (rewrites_output()) return sql + ")";
        std::string quote =
            sql_string(options_.out_quote == 0 ? "" : std::string(1, options_.out_quote));
        return sql + ", DELIMITER " + sql_string(options_.out_delimiter) + ", QUOTE " + quote +
               ", ESCAPE " + quote + ")";
    }

    // CSV has no lists and structs. DuckDB's own text of them is read by nothing else; JSON is.
    std::string with_nested_as_json(const std::string& query) {
        const std::vector<Column> columns = database_.describe(query).columns;
        json_fields_.clear();
        for (const Column& column : columns)
            json_fields_.push_back(column.json || column.shape != Shape::kScalar);
        if (std::none_of(columns.begin(), columns.end(),
                         [](const Column& column) { return column.shape != Shape::kScalar; }))
            return query;
        std::string names, values;
        for (size_t i = 0; i < columns.size(); i++) {
            std::string comma = i > 0 ? ", " : "", name = "c" + std::to_string(i);
            bool nested = columns[i].shape != Shape::kScalar;
            names += comma + name;
            values += comma + (nested ? "to_json(" + name + ")" : name) + " AS " +
                      sql_name(columns[i].name);
        }
        return "SELECT " + values + " FROM (" + query + "\n) AS result(" + names + ")";
    }

    // The second column named a becomes a_1, as DuckDB does for CSV.
    std::string with_unique_names(const std::string& query) {
        Columns columns = database_.describe(query);
        if (columns.error) return query;
        std::set<std::string> taken;
        std::string names;
        for (const Column& column : columns.columns) {
            std::string name = column.name;
            for (int n = 1; !taken.insert(lower(name)).second; n++)
                name = column.name + "_" + std::to_string(n);
            names += (names.empty() ? "" : ", ") + sql_name(name);
        }
        return "SELECT * FROM (" + query + "\n) AS result(" + names + ")";
    }

    bool has_json_fields() const {
        return std::find(json_fields_.begin(), json_fields_.end(), true) != json_fields_.end();
    }

    Status drop_number_words() {
        {
            MappedFile result(kResultFd);
            if (!result.ok()) return no_memory();
            if (find_bare_number_word(result.text()) == std::string_view::npos) return {};
            Status done = empty_file(kOutputScratchFd);
            if (done.ok()) done = replace_number_words(result.text(), writer(kOutputScratchFd));
            if (!done.ok()) return done;
        }
        return replace_result();
    }

    // Within a CSV result lists, structs and maps are JSON, which must be without NaN too.
    Status drop_number_words_of_fields() {
        if (!has_json_fields()) return {};
        {
            MappedFile result(kResultFd);
            if (!result.ok()) return no_memory();
            if (result.text().find("NaN") == std::string_view::npos &&
                result.text().find("Infinity") == std::string_view::npos)
                return {};
            Status done = empty_file(kOutputScratchFd);
            const Dialect own = out_dialect();
            if (done.ok())
                done = rewrite_csv(result.text(), own, own, writer(kOutputScratchFd),
                                   without_number_words());
            if (!done.ok()) return done;
        }
        return replace_result();
    }

    FieldChange without_number_words() const {
        return [this](size_t record, size_t column, Field& field) {
            if ((record == 0 && output_header_) || column >= json_fields_.size() ||
                !json_fields_[column])
                return;
            std::string text;
            (void)replace_number_words(field.text, [&text](std::string_view piece) {
                text += piece;
                return Status();
            });
            field.text = std::move(text);
        };
    }

    static CsvSink writer(int fd) {
        return [fd](std::string_view text) { return write_all(fd, text); };
    }

    // The result becomes what the scratch file is.
    static Status replace_result() {
        Status done = empty_file(kResultFd);
        return done.ok() ? decompress(kOutputScratchFd, Compression::kNone, writer(kResultFd))
                         : done;
    }

    Dialect out_dialect() const {
        return {options_.out_delimiter,
                options_.out_quote,
                options_.out_quote,
                0,
                options_.out_record_delimiter,
                true};
    }

    Status rewrite_output() {
        MappedFile lines(output_fd());
        if (!lines.ok()) return no_memory();
        const Dialect from{",", '"', '"', 0, "\n", true};
        return rewrite_csv(lines.text(), from, out_dialect(), writer(kResultFd),
                           has_json_fields() ? without_number_words() : FieldChange());
    }

    Database& database_;
    const SelectOptions options_;
    const SelectShape shape_;
    const bool output_header_;
    const unsigned threads_;
    std::vector<bool> json_fields_;  // of a CSV result: the columns that are JSON text
    PreparedSql prepared_;
    std::string statement_;           // that ran
    nvme::ReasonParts parts_;         // of the reason why DuckDB failed
    std::vector<std::string> paths_;  // what the names that prepare_sql made stand for
    ValueSource source_;
};

}  // namespace

Status run_select(Database& database, const query::Task& task, std::string_view options,
                  std::string_view sql, unsigned threads) {
    SelectShape shape{static_cast<DataFormat>(task.input), static_cast<DataFormat>(task.output),
                      task.input_header != 0};
    auto parsed = parse_select_options(options, shape);
    if (!parsed.ok()) return parsed.status();
    return Select(database, std::move(parsed).value(), shape, task.output_header != 0, threads)
        .run(sql);
}

}  // namespace csd::worker
