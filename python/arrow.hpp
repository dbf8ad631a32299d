// SPDX-License-Identifier: BSD-3-Clause
//
// The JSON lines of a select's result as a stream of Arrow record batches, by Arrow's C stream interface: what pyarrow,
// polars, pandas and duckdb take, without linking any of them.
//
//     ArrowArrayStream* stream = ...;                             // of the consumer, or of a capsule
//     open_arrow_stream(bytes, keeper, {{"n", "BIGINT"}}, columns, *stream);
//
// The type of a column comes from all of its values; docs/python.md has the rules. The bytes are scanned twice: once for
// the types, and once as the consumer fetches batches. No function here needs Python or its lock.
// Tested by python/tests/arrow_test.py.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html define the structures.
extern "C" {
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    int64_t flags;
    int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
    int (*get_next)(ArrowArrayStream*, ArrowArray* out);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}

namespace csd::python {

// `keeper` keeps the memory of `lines` alive until the stream is released. `types` names the types of some columns as SQL
// does. `columns` are the names for a result without rows. Throws std::invalid_argument if a type does not exist, a column
// does not, or the lines are not JSON objects.
void open_arrow_stream(std::string_view lines, std::shared_ptr<const void> keeper,
                       const std::map<std::string, std::string>& types,
                       const std::vector<std::string>& columns, ArrowArrayStream& out);

}  // namespace csd::python
