import ByteLayout
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import RelayBlobs
import RelayWire
import Verification

/// Where the blob store's calls wait for the disk: never on an event loop.
struct BlobDisk: Sendable {
  private let pool = NIOThreadPool.singleton

  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await pool.runIfActive(body)
  }
}

/// The digest of a body that comes in pieces, if somebody wants to know it.
struct IncrementalDigest {
  private var hash: IncrementalSHA256?

  init(isNeeded: Bool) { hash = isNeeded ? IncrementalSHA256() : nil }

  mutating func update(_ bytes: ByteBuffer) { hash?.update([UInt8](buffer: bytes)) }

  func finish() -> FixedBytes<32>? { hash?.finish() }
}

/// Downloads: the id is all that it takes. Never there, expired and deleted are answered alike.
struct BlobRoutes: Sendable {
  /// What is read from the disk at once, and waits for a client that reads slowly.
  static let pieceByteCount = 128 * 1_024

  let store: BlobStore
  let disk: BlobDisk

  func add(to routes: RelayRoutes) { routes.on("/v1/blobs/:id", [.get: get]) }

  private func get(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    guard let id = context.parameters.get("id").flatMap(UploadHeaders.blobID) else { throw HTTPRefusal.notFound }
    let blob: BlobReading
    do { blob = try await disk.run { try store.read(id) } } catch let error as BlobStoreError {
      throw error == .unknown
        ? HTTPRefusal.notFound
        : HTTPRefusal(.serviceUnavailable, "The relay cannot read this now.", headers: [.retryAfter: "5"])
    }
    var headers: HTTPFields = [
      .contentType: "application/octet-stream", .acceptRanges: "bytes", .eTag: blob.entityTag,
    ]
    let asked = request.headers[.ifRange].map { $0 == blob.entityTag } ?? true ? request.headers[.range] : nil
    switch ByteRange(asked, byteCount: blob.byteCount) {
    case .whole:
      return Response(status: .ok, headers: headers, body: body(blob, from: 0, count: blob.byteCount, context))
    case .part(let start, let count):
      headers[.contentRange] = "bytes \(start)-\(start + count - 1)/\(blob.byteCount)"
      return Response(status: .partialContent, headers: headers, body: body(blob, from: start, count: count, context))
    case .unsatisfiable:
      throw HTTPRefusal(
        .rangeNotSatisfiable, "There are no such bytes.", headers: [.contentRange: "bytes */\(blob.byteCount)"])
    }
  }

  private func body(
    _ blob: BlobReading, from start: UInt64, count: UInt64, _ context: RelayRequestContext
  ) -> ResponseBody {
    let eventLoop = context.channel.eventLoop
    return ResponseBody(contentLength: Int(count)) { [disk] writer in
      var offset = start
      while offset < start + count {
        let byteCount = Int(min(UInt64(Self.pieceByteCount), start + count - offset))
        let position = offset
        try await writer.write(
          try await disk.run {
            var bytes = ByteBufferAllocator().buffer(capacity: byteCount)
            let read = try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) {
              try blob.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: $0.prefix(byteCount)))
            }
            guard read == byteCount else { throw BlobStoreError.unavailable }
            return bytes
          })
        // A writer hears only from the event loop that the client does not keep up; until then it would take everything.
        try await eventLoop.submit {}.get()
        offset += UInt64(byteCount)
      }
      try await writer.finish(nil)
    }
  }
}
