// SPDX-License-Identifier: BSD-3-Clause
//
// The decoder of aws-chunked bodies: whatever comes, it ends, and gives the same whether it comes whole or in pieces.
//
// Input: one byte that chooses the mode, one byte that is the announced length, one byte for the size of pieces, the body.
#include "airmos/body/aws_chunked.hpp"

#include <cstdlib>

using namespace csd::airmos;

namespace {

AwsChunkedDecoder::Options options_of(const uint8_t* data) {
    AwsChunkedDecoder::Options options;
    if ((data[0] & 1) != 0) {
        options.signer.emplace("key", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
                               std::string(64, '0'));
    }
    options.with_trailer = (data[0] & 2) != 0;
    if (options.with_trailer) options.trailers = {"x-amz-checksum-crc32"};
    options.decoded_bytes = data[1];
    return options;
}

struct Decoded {
    std::string payload, code = "OK";
    bool done = false;
};

Decoded decode(AwsChunkedDecoder::Options options, csd::Bytes body, size_t piece) {
    const uint64_t most = options.decoded_bytes;
    AwsChunkedDecoder decoder(std::move(options));
    Decoded result;
    while (!body.empty() && !decoder.done()) {
        const auto step = decoder.decode(body.first(std::min(piece, body.size())));
        if (!step.ok()) {
            result.code = step.error().code();
            return result;
        }
        if (step.value().consumed == 0) abort();
        result.payload += csd::as_text(step.value().payload);
        if (result.payload.size() > most) abort();
        body = body.subspan(step.value().consumed);
    }
    result.done = decoder.done();
    if (result.done && result.payload.size() != most) abort();
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3 || size > 64 * 1024) return 0;
    const csd::Bytes body(data + 3, size - 3);
    const Decoded whole = decode(options_of(data), body, body.size());
    const Decoded pieces = decode(options_of(data), body, 1 + data[2] % 32);
    if (whole.code == "OK" && pieces.code == "OK" &&
        (whole.done != pieces.done || whole.payload != pieces.payload)) {
        abort();
    }
    return 0;
}
