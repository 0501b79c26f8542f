import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayProofs
import RelayWire
import Testing

/// A relay with a mailbox that admits files, and requests to it as bytes.
struct TusClient {
  static let smallest = 16_458

  var relay: RunningRelay
  let mailbox: TestMailbox

  static func start(arguments: [String] = []) async throws -> TusClient {
    let relay = try await RunningRelay.start(arguments: arguments)
    let mailbox = try TestMailbox()
    _ = try await relay.owner(of: mailbox)
    return TusClient(relay: relay, mailbox: mailbox)
  }

  static func bytes(_ count: Int = smallest) -> Data {
    Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
  }

  func command(_ byteCount: Int, _ upload: UploadCapability) throws -> CreateBlobCommand {
    try CreateBlobCommand(
      mailbox: mailbox.id, tag: mailbox.tag, fileByteCount: UInt64(byteCount), retention: .day,
      blobID: BlobID(upload))
  }

  func grant(_ byteCount: Int = smallest) async throws -> UploadCapability {
    let upload = UploadCapability(TestMailbox.random())
    _ = try await relay.connect().createBlob(try command(byteCount, upload))
    return upload
  }

  func request(
    _ method: String, _ path: String, _ headers: [(String, String)] = [], tus: Bool = true, body: Data? = nil,
    length: Int? = nil
  ) async throws -> PlainHTTP.Answer {
    try await PlainHTTP.request(
      port: relay.port, method, path, (tus ? [("Tus-Resumable", "1.0.0")] : []) + headers, body: body, length: length)
  }

  func create(
    _ upload: UploadCapability, _ byteCount: Int = smallest, _ headers: [(String, String)] = [], body: Data? = nil
  ) async throws -> PlainHTTP.Answer {
    try await request(
      "POST", "/v1/uploads",
      [("Authorization", "Bearer \(upload.bytes)"), ("Upload-Length", "\(byteCount)")] + headers, body: body ?? Data())
  }

  /// An upload that has begun.
  func begin(_ byteCount: Int = smallest) async throws -> (upload: UploadCapability, path: String) {
    let upload = try await grant(byteCount)
    let answer = try await create(upload, byteCount)
    #expect(answer.status == 201)
    return (upload, try #require(answer.headers["location"]))
  }

  func patch(
    _ path: String, at offset: Int, _ body: Data, _ headers: [(String, String)] = [], length: Int? = nil
  ) async throws -> PlainHTTP.Answer {
    try await request(
      "PATCH", path,
      [("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", "\(offset)")] + headers, body: body,
      length: length)
  }

  func offset(_ path: String) async throws -> Int? {
    try await request("HEAD", path).headers["upload-offset"].flatMap { Int($0) }
  }

  /// A finished blob's path.
  func blob(_ byteCount: Int = smallest) async throws -> (upload: String, blob: String) {
    let (upload, path) = try await begin(byteCount)
    #expect(try await patch(path, at: 0, Self.bytes(byteCount)).status == 204)
    return (path, Self.path(upload))
  }

  static func path(_ upload: UploadCapability) -> String { "/v1/blobs/\(BlobID(upload).bytes)" }
}
