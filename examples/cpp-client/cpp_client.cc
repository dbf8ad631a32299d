// SPDX-License-Identifier: BSD-3-Clause
//
// cpp-client: stores a CSV value, selects from it, and tells one failure from another.
//
//     cpp-client DEVICE [SQL]
//
// DEVICE is anything that kvcli takes, such as emulator:/tmp/drive or /dev/ng0n1. Without SQL the program asks which makes cost
// more than 50. If the drive refuses the SQL, the program prints the reason and shows where it is.
#include <csd/kv.hpp>
#include <iostream>
#include <string>

using csd::Code;
using csd::nvme::QueryReason;
using csd::nvme::ReasonCode;

namespace {

// Programs switch on the code and the reason; the message is for people.
int fail(const csd::Status& status, const std::string& sql) {
    std::cerr << "cpp-client: " << status.message() << "\n";
    if (const QueryReason* reason = status.reason(); reason != nullptr && reason->position) {
        std::cerr << "  " << sql << "\n  " << std::string(*reason->position, ' ') << "^ "
                  << reason_name(reason->code) << "\n";
        if (reason->code == ReasonCode::kColumnUnknown)
            std::cerr << "  the columns are make and price\n";
    }
    return status.code() == Code::kTransport ? 5 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 && argc != 3) {
        std::cerr << "usage: cpp-client DEVICE [SQL]\n";
        return 2;
    }
    const std::string sql =
        argc == 3 ? argv[2] : "SELECT make, price FROM s3object WHERE price > 50";

    auto opened = csd::kv::Client::open(argv[1]);
    if (!opened.ok()) return fail(opened.status(), sql);
    csd::kv::Client& drive = *opened.value();

    const csd::Key key = *csd::Key::from_text("cars");
    csd::Status stored = drive.store(key, csd::as_bytes("make,price\nFord,100\nOpel,40\n"));
    if (!stored.ok()) return fail(stored, sql);

    std::string rows;
    csd::kv::SelectOptions options;
    options.input_header = true;
    options.output = csd::nvme::DataFormat::kJson;
    auto size = drive.select(key, sql, options, csd::kv::Sink::to(rows));
    if (!size.ok()) return fail(size.status(), sql);
    std::cout << rows;
    return 0;
}
