// SPDX-License-Identifier: BSD-3-Clause
//
// The table of S3's errors, and what a drive's failure is in it. Tested by error_test.cc.
#include "airmos/core/error.hpp"

#include <algorithm>
#include <cassert>

namespace csd::airmos {

// Sorted by code, for the binary search. S3's own and those of S3 Select.
static constexpr ErrorRow kRows[] = {
    // clang-format off
    {"AccessDenied", 403, "Access Denied."},
    {"AccountProblem", 403, "There is a problem with the account."},
    {"AmbiguousFieldName", 400, "The name of a field matches more than one field of the record."},
    {"AuthorizationHeaderMalformed", 400, "The Authorization header is malformed."},
    {"AuthorizationQueryParametersError", 400, "The query parameters that carry the signature are malformed."},
    {"BadDigest", 400, "The Content-MD5 or checksum value that you specified did not match what the server received."},
    {"BadRequest", 400, "The request is not well-formed."},
    {"BucketAlreadyExists", 409, "The requested bucket name is not available."},
    {"BucketAlreadyOwnedByYou", 409, "The bucket that you tried to create already exists, and you own it."},
    {"BucketNotEmpty", 409, "The bucket that you tried to delete is not empty."},
    {"Busy", 503, "The drive runs as many queries as it can. Try again later."},
    {"CSVEscapingRecordDelimiter", 400, "A quoted record delimiter is not allowed here."},
    {"CSVParsingError", 400, "The object could not be read as CSV."},
    {"CSVUnescapedQuote", 400, "A quote in the CSV is not escaped."},
    {"CastFailed", 400, "A value could not be cast to the type asked for."},
    {"ColumnTooLong", 400, "A column of the record is longer than a query can read."},
    {"ConditionalRequestConflict", 409, "Another write of the same object got in between. Try again."},
    {"CredentialsNotSupported", 400, "This request does not support credentials."},
    {"EmptyRequestBody", 400, "The request has no body."},
    {"EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size."},
    {"EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size."},
    {"EvaluatorBindingDoesNotExist", 400, "A column or path in the SQL expression does not exist."},
    {"EvaluatorInvalidArguments", 400, "A function in the SQL expression has wrong arguments."},
    {"EvaluatorInvalidTimestampFormatPattern", 400, "A timestamp format pattern is not valid."},
    {"EvaluatorInvalidTimestampFormatPatternSymbol", 400, "A timestamp format pattern has a symbol that is not valid."},
    {"EvaluatorInvalidTimestampFormatPatternSymbolForParsing", 400, "A timestamp format pattern has a symbol that cannot be parsed."},
    {"EvaluatorInvalidTimestampFormatPatternToken", 400, "A timestamp format pattern has a token that is not valid."},
    {"EvaluatorLikePatternInvalidEscapeSequence", 400, "A LIKE pattern has an escape sequence that is not valid."},
    {"EvaluatorNegativeLimit", 400, "LIMIT must not be negative."},
    {"EvaluatorTimestampFormatPatternDuplicateFields", 400, "A timestamp format pattern names a field twice."},
    {"EvaluatorTimestampFormatPatternHourClockAmPmMismatch", 400, "A timestamp format pattern mixes a 24-hour clock with AM or PM."},
    {"EvaluatorUnterminatedTimestampFormatPatternToken", 400, "A timestamp format pattern has a token without an end."},
    {"ExpiredToken", 400, "The provided token has expired."},
    {"ExpressionTooLong", 400, "The SQL expression is too long."},
    {"ExternalEvalException", 400, "The query could not be evaluated."},
    {"IllegalLocationConstraintException", 400, "The location constraint does not suit this endpoint."},
    {"IllegalSqlFunctionArgument", 400, "A function in the SQL expression has an argument that is not allowed."},
    {"IncompleteBody", 400, "You did not provide the number of bytes that the request announced."},
    {"IncorrectSqlFunctionArgumentType", 400, "A function in the SQL expression has an argument of a wrong type."},
    {"InsufficientStorage", 507, "There is not enough room on the drive."},
    {"IntegerOverflow", 400, "An integer in the query is out of range."},
    {"InternalError", 500, "We encountered an internal error. Please try again."},
    {"InvalidAccessKeyId", 403, "The AWS access key ID that you provided does not exist in our records."},
    {"InvalidArgument", 400, "Invalid argument."},
    {"InvalidBucketName", 400, "The specified bucket is not valid."},
    {"InvalidBucketState", 409, "The request is not valid for the current state of the bucket."},
    {"InvalidCast", 400, "A CAST in the SQL expression is not possible."},
    {"InvalidColumnIndex", 400, "The column index in the SQL expression is not valid."},
    {"InvalidCompressionFormat", 400, "The object is not compressed in the format that the request names."},
    {"InvalidDataSource", 400, "The data source is not valid. CSV, JSON and Parquet are supported."},
    {"InvalidDataType", 400, "A data type in the SQL expression is not valid."},
    {"InvalidDigest", 400, "The Content-MD5 or checksum value that you specified is not valid."},
    {"InvalidEncryptionAlgorithmError", 400, "The encryption request that you specified is not valid."},
    {"InvalidExpressionType", 400, "The ExpressionType is not valid. Only SQL is supported."},
    {"InvalidFileHeaderInfo", 400, "The FileHeaderInfo is not valid. NONE, USE and IGNORE are supported."},
    {"InvalidHostHeader", 400, "The Host header is missing, or there is more than one, or it is not valid."},
    {"InvalidJsonType", 400, "The JSON type is not valid. DOCUMENT and LINES are supported."},
    {"InvalidKeyPath", 400, "A path in the SQL expression is not valid."},
    {"InvalidLocationConstraint", 400, "The specified location constraint is not valid."},
    {"InvalidObjectState", 403, "The operation is not valid for the current state of the object."},
    {"InvalidPart", 400, "One or more of the specified parts could not be found. The part may not have been uploaded, or its entity tag does not match."},
    {"InvalidPartNumber", 416, "The requested partnumber is not satisfiable."},
    {"InvalidPartOrder", 400, "The list of parts was not in ascending order. The parts list must be specified in order by part number."},
    {"InvalidPolicyDocument", 400, "The content of the form does not meet the conditions of the policy document."},
    {"InvalidQuoteFields", 400, "QuoteFields is not valid. ALWAYS and ASNEEDED are supported."},
    {"InvalidRange", 416, "The requested range is not satisfiable."},
    {"InvalidRequest", 400, "The request is not valid."},
    {"InvalidRequestParameter", 400, "A parameter of the request is not valid."},
    {"InvalidScanRange", 400, "The scan range is not valid."},
    {"InvalidSecurity", 403, "The provided security credentials are not valid."},
    {"InvalidStorageClass", 400, "The storage class that you specified is not valid."},
    {"InvalidTableAlias", 400, "A table alias in the SQL expression is not valid."},
    {"InvalidTag", 400, "A tag is not valid: its key has 1 to 128 characters, its value up to 256, and no key comes twice."},
    {"InvalidTextEncoding", 400, "The object is not UTF-8 text."},
    {"InvalidToken", 400, "The provided token is malformed or otherwise not valid."},
    {"InvalidURI", 400, "The specified URI could not be parsed."},
    {"JSONParsingError", 400, "The object could not be read as JSON."},
    {"KeyTooLongError", 400, "Your key is too long. The most is 1024 bytes of UTF-8."},
    {"LexerInvalidChar", 400, "The SQL expression has a character that is not valid."},
    {"LexerInvalidIONLiteral", 400, "The SQL expression has an Ion literal that is not valid."},
    {"LexerInvalidLiteral", 400, "The SQL expression has a literal that is not valid."},
    {"LexerInvalidOperator", 400, "The SQL expression has an operator that is not valid."},
    {"LikeInvalidInputs", 400, "LIKE has operands that are not strings."},
    {"MalformedACLError", 400, "The ACL that you provided was not well formed or did not validate against our schema."},
    {"MalformedPOSTRequest", 400, "The body of the POST request is not well-formed multipart/form-data."},
    {"MalformedTrailerError", 400,"The trailers of the request are malformed."},
    {"MalformedXML", 400, "The XML that you provided was not well formed or did not validate against our published schema."},
    {"MaxMessageLengthExceeded", 400, "Your request was too large."},
    {"MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size."},
    {"MethodNotAllowed", 405, "The specified method is not allowed against this resource."},
    {"MissingContentLength", 411, "You must provide the Content-Length HTTP header."},
    {"MissingHeaders", 400, "The SQL expression names columns, and the CSV has no header."},
    {"MissingRequestBodyError", 400, "The request has no body, and needs one."},
    {"MissingRequiredParameter", 400, "The SelectRequest misses a required parameter."},
    {"MissingSecurityHeader", 400, "The request misses a required header."},
    {"MultipleDataSourcesUnsupported", 400, "A query reads one object."},
    {"NoSuchBucket", 404, "The specified bucket does not exist."},
    {"NoSuchBucketPolicy", 404, "The specified bucket does not have a bucket policy."},
    {"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist."},
    {"NoSuchKey", 404, "The specified key does not exist."},
    {"NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist."},
    {"NoSuchObjectLockConfiguration", 404, "The specified object does not have an object lock configuration."},
    {"NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found."},
    {"NoSuchTagSet", 404, "There is no tag set associated with the resource."},
    {"NoSuchTagSetError", 404, "There is no tag set associated with the bucket."},
    {"NoSuchUpload", 404, "The specified multipart upload does not exist. The upload ID might not be valid, or the upload was aborted or completed."},
    {"NoSuchVersion", 404, "The version ID specified in the request does not match an existing version."},
    {"NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration."},
    {"NotImplemented", 501, "A header or query that you provided implies functionality that is not implemented."},
    {"NotModified", 304, "Not Modified."},
    {"NumberFormatError", 400, "A number in the query or the object is not valid."},
    {"ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket."},
    {"ObjectSerializationConflict", 400, "InputSerialization and OutputSerialization each name exactly one format."},
    {"OperationAborted", 409, "A conflicting operation is in progress against this resource. Try again."},
    {"OverMaxColumn", 400, "The record has more columns than a query can read."},
    {"OverMaxParquetBlockSize", 400, "A block of the Parquet object is too large."},
    {"OverMaxRecordSize", 400, "A record of the object is too large."},
    {"OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found."},
    {"ParquetParsingError", 400, "The object could not be read as Parquet."},
    {"ParquetUnsupportedCompressionCodec", 400, "The compression of the Parquet object is not supported."},
    {"ParseAsteriskIsNotAloneInSelectList", 400, "Other expressions are not allowed in the SELECT list beside *."},
    {"ParseCannotMixSqbAndWildcardInSelectList", 400, "Square brackets and * cannot be mixed in the SELECT list."},
    {"ParseCastArity", 400, "CAST has a wrong number of parameters."},
    {"ParseEmptySelect", 400, "The SELECT list is empty."},
    {"ParseExpected2TokenTypes", 400, "The SQL expression misses an expected token."},
    {"ParseExpectedArgumentDelimiter", 400, "The SQL expression misses the delimiter of arguments."},
    {"ParseExpectedDatePart", 400, "The SQL expression misses a date part."},
    {"ParseExpectedExpression", 400, "The SQL expression misses an expression."},
    {"ParseExpectedIdentForAlias", 400, "The SQL expression misses the name of an alias."},
    {"ParseExpectedIdentForAt", 400, "The SQL expression misses a name after AT."},
    {"ParseExpectedIdentForGroupName", 400, "The SQL expression misses the name of a group."},
    {"ParseExpectedKeyword", 400, "The SQL expression misses an expected keyword."},
    {"ParseExpectedLeftParenAfterCast", 400, "The SQL expression misses ( after CAST."},
    {"ParseExpectedLeftParenBuiltinFunctionCall", 400, "The SQL expression misses ( after the name of a function."},
    {"ParseExpectedLeftParenValueConstructor", 400, "The SQL expression misses ( of a value constructor."},
    {"ParseExpectedMember", 400, "The SQL expression misses a member."},
    {"ParseExpectedNumber", 400, "The SQL expression misses a number."},
    {"ParseExpectedRightParenBuiltinFunctionCall", 400, "The SQL expression misses ) after the arguments of a function."},
    {"ParseExpectedTokenType", 400, "The SQL expression misses an expected token."},
    {"ParseExpectedTypeName", 400, "The SQL expression misses the name of a type."},
    {"ParseExpectedWhenClause", 400, "The SQL expression misses a WHEN clause."},
    {"ParseInvalidContextForWildcardInSelectList", 400, "* is not allowed there in the SELECT list."},
    {"ParseInvalidPathComponent", 400, "A path in the SQL expression has a component that is not valid."},
    {"ParseInvalidTypeParam", 400, "The parameter of a type in the SQL expression is not valid."},
    {"ParseMalformedJoin", 400, "The JOIN in the SQL expression is not well-formed."},
    {"ParseMissingIdentAfterAt", 400, "The SQL expression misses a name after @."},
    {"ParseNonUnaryAgregateFunctionCall", 400, "An aggregate function takes one argument."},
    {"ParseSelectMissingFrom", 400, "The SELECT has no FROM."},
    {"ParseUnExpectedKeyword", 400, "The SQL expression has a keyword that is not expected there."},
    {"ParseUnexpectedOperator", 400, "The SQL expression has an operator that is not expected there."},
    {"ParseUnexpectedTerm", 400, "The SQL expression has a term that is not expected there."},
    {"ParseUnexpectedToken", 400, "The SQL expression has a token that is not expected there."},
    {"ParseUnknownOperator", 400, "The SQL expression has an unknown operator."},
    {"ParseUnsupportedAlias", 400, "The SQL expression has an alias where none is supported."},
    {"ParseUnsupportedCallWithStar", 400, "Only COUNT takes *."},
    {"ParseUnsupportedCase", 400, "This CASE expression is not supported."},
    {"ParseUnsupportedCaseClause", 400, "This CASE clause is not supported."},
    {"ParseUnsupportedLiteralsGroupBy", 400, "GROUP BY does not support this literal."},
    {"ParseUnsupportedSelect", 400, "This SELECT is not supported."},
    {"ParseUnsupportedSyntax", 400, "The SQL expression has unsupported syntax."},
    {"ParseUnsupportedToken", 400, "The SQL expression has an unsupported token."},
    {"PermanentRedirect", 301, "The bucket must be addressed at another endpoint."},
    {"PreconditionFailed", 412, "At least one of the preconditions that you specified did not hold."},
    {"ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found."},
    {"RequestHeaderSectionTooLarge", 400, "Your request header section exceeds the maximum allowed size."},
    {"RequestTimeTooSkewed", 403, "The difference between the request time and the server's time is too large."},
    {"RequestTimeout", 400, "Your socket connection to the server was not read from or written to within the timeout period."},
    {"ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found."},
    {"ServiceUnavailable", 503, "The service is unable to handle the request now. Try again."},
    {"SignatureDoesNotMatch", 403, "The request signature that we calculated does not match the signature that you provided. Check your secret access key and signing method."},
    {"SlowDown", 503, "Please reduce your request rate."},
    {"TooManyBuckets", 400, "You have attempted to create more buckets than are allowed."},
    {"TruncatedInput", 400, "The compressed object ends too early."},
    {"UnauthorizedAccess", 401, "You are not authorized to perform this operation."},
    {"UnexpectedContent", 400, "This request does not support content."},
    {"UnrecognizedFormatException", 400, "The object is not in the format that the request names."},
    {"UnsupportedFunction", 400, "The SQL expression calls a function that is not supported."},
    {"UnsupportedParquetType", 400, "A type in the Parquet object is not supported."},
    {"UnsupportedRangeHeader", 400, "A select does not support the Range header; use ScanRange."},
    {"UnsupportedScanRangeInput", 400, "ScanRange is not supported for this input."},
    {"UnsupportedSqlOperation", 400, "The SQL expression has an operation that is not supported."},
    {"UnsupportedSqlStructure", 400, "The SQL expression has a structure that is not supported."},
    {"UnsupportedSyntax", 400, "The SQL expression has syntax that is not supported."},
    {"ValueParseFailure", 400, "A value of the object could not be read as its type."},
    {"XAmzContentSHA256Mismatch", 400, "The provided x-amz-content-sha256 header does not match what was computed."},
    // clang-format on
};

const ErrorRow& errors::find(std::string_view code) {
    const auto* row = std::lower_bound(
        std::begin(kRows), std::end(kRows), code,
        [](const ErrorRow& left, std::string_view right) { return left.code < right; });
    assert(row != std::end(kRows) && row->code == code && "every code has a row in error.cc");
    return *row;
}

static std::string_view code_of(const Status& status) {
    switch (status.code()) {
        case Code::kNoSpace: return "InsufficientStorage";
        case Code::kNotReady:
        case Code::kFormatInProgress:
        case Code::kReset:
        case Code::kTransport:
        case Code::kIo:
        case Code::kAborted: return "ServiceUnavailable";
        case Code::kInvalidValueSize: return "EntityTooLarge";
        case Code::kUnsupported: return "NotImplemented";
        case Code::kNotFound:
        case Code::kExists:
        case Code::kInvalidKeySize:
        case Code::kInvalidOpcode:
        case Code::kInvalidFormat:
        case Code::kOffsetMismatch:
        case Code::kInvalidField:
        case Code::kQueryRefused:
        case Code::kQueryData:
        case Code::kQueryFailed:
        case Code::kQueryLimit:
        case Code::kQueryEngine:
        case Code::kQueryBusy:
        case Code::kQueryRunning:
        case Code::kUsage:
        case Code::kInternal:
        case Code::kOk: break;
    }
    return "InternalError";
}

// What a client can mend it is told; what concerns only the people who run the node stays in their log.
Error error_of(const Status& status) {
    const std::string_view code = code_of(status);
    const bool of_the_client = code != "InternalError" && code != "ServiceUnavailable";
    if (!of_the_client) return Error(code).because(status.message());
    return Error(code, status.message());
}

}  // namespace csd::airmos
