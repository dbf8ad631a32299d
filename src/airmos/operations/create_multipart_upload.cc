// SPDX-License-Identifier: BSD-3-Clause
//
// CreateMultipartUpload: what the object will be called and say of itself; its bytes come as parts.
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {
namespace {

// x-amz-checksum-algorithm and x-amz-checksum-type, with S3's table of which go together.
Outcome<> read_checksum(const Request& request, Upload& upload) {
    const auto wanted = wanted_checksum(request);
    if (!wanted.ok()) return wanted.error();
    const std::string& algorithm = wanted.value();
    const std::string_view type = request.headers.get("x-amz-checksum-type");
    if (algorithm.empty()) {
        if (type.empty()) return Nothing{};
        return Error("InvalidRequest",
                     "The x-amz-checksum-type header can only be used with the "
                     "x-amz-checksum-algorithm header.");
    }
    if (!type.empty() && type != "COMPOSITE" && type != "FULL_OBJECT")
        return Error("InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
    const bool is_hash = algorithm.starts_with("SHA");
    const bool full = type.empty() ? algorithm == "CRC64NVME" : type == "FULL_OBJECT";
    if ((full && is_hash) || (!full && algorithm == "CRC64NVME")) {
        return Error("InvalidRequest", "The " + std::string(type) +
                                           " checksum type cannot be used with the " + algorithm +
                                           " checksum algorithm.");
    }
    upload.checksum_algorithm = algorithm;
    upload.full_object_checksum = full;
    return Nothing{};
}

}  // namespace

Task<Outcome<>> create_multipart_upload(Exchange& exchange, Services& services) {
    const Request& request = exchange.request();
    if (auto fine = check_key(request); !fine.ok()) co_return fine.error();
    auto meta = meta_of(request);
    if (!meta.ok()) co_return meta.error();
    Upload upload;
    upload.name = request.key;
    upload.meta = std::move(meta).value();
    if (auto fine = read_checksum(request, upload); !fine.ok()) co_return fine.error();
    const auto made = co_await services.objects.create_upload(request.bucket, std::move(upload));
    if (!made.ok()) co_return made.error();

    const Upload& begun = made.value();
    if (!begun.checksum_algorithm.empty()) {
        exchange.headers().set("x-amz-checksum-algorithm", begun.checksum_algorithm);
        exchange.headers().set("x-amz-checksum-type",
                               std::string(checksum_type(!begun.full_object_checksum)));
    }
    xml::Writer answer("InitiateMultipartUploadResult");
    answer.text("Bucket", request.bucket).text("Key", request.key).text("UploadId", begun.id);
    co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
}

}  // namespace csd::airmos::ops
