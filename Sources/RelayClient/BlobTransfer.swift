import ByteLayout
import NIOCore
import NIOHTTP1
package import RelayWire

/// Why a file did not go to or come from a relay.
package enum BlobTransferError: Error, Hashable, Sendable {
  /// No connection, or it was lost: what has arrived counts, and the transfer goes on there.
  case connection(RelayClientError)
  /// There is no such grant, upload or file (any more).
  case unknown
  /// The upload goes on at another place.
  case otherOffset
  /// The relay cannot do it now.
  case unavailable
  /// An answer that a relay does not give.
  case unexpected(status: Int)
}

/// Uploads and downloads of files at one relay (Protocol §2), each call one request. Reads and writes no files.
package struct BlobTransfer: Sendable {
  /// What goes to the network at once.
  private static let pieceByteCount = 128 * 1_024

  private let exchange: BlobExchange

  /// - Parameters:
  ///   - route: `HOST:PORT`.
  ///   - timeLimit: how long nothing may move.
  /// - Throws: ``BlobTransferError/connection(_:)`` for a route that is none.
  package init(route: String, transport: RelayTransport, timeLimit: Duration) throws(BlobTransferError) {
    let address: RelayAddress
    do throws(RelayAddressError) { address = try transport.address(route: route) } catch {
      throw .connection(.unreachable)
    }
    exchange = BlobExchange(address: address, transport: transport, timeLimit: TimeAmount(timeLimit))
  }

  /// Begins an upload that was granted, or finds out how far it is.
  ///
  /// - Returns: how many bytes the relay has.
  package func begin(_ upload: UploadCapability, fileByteCount: UInt64) async throws -> UInt64 {
    let answer = try await exchange.perform(
      .POST, "/v1/uploads",
      [
        ("Tus-Resumable", "1.0.0"), ("Authorization", "Bearer \(upload.bytes)"), ("Upload-Length", "\(fileByteCount)"),
        ("Content-Length", "0"),
      ])
    return try offset(answer, expecting: 201)
  }

  /// How many bytes the relay has.
  ///
  /// - Throws: ``BlobTransferError/unknown`` if the upload has not begun, or is over.
  package func offset(of upload: UploadCapability) async throws -> UInt64 {
    try offset(
      await exchange.perform(.HEAD, "/v1/uploads/\(upload.bytes)", [("Tus-Resumable", "1.0.0")]), expecting: 200)
  }

  /// Sends everything from `offset` on.
  ///
  /// - Parameters:
  ///   - read: the bytes at a place of the file, exactly as many as it is asked for.
  ///   - progress: called with how many bytes were handed to the network so far.
  /// - Returns: how many bytes the relay has; when they are all, they are on its disk.
  package func send(
    _ upload: UploadCapability, from offset: UInt64, fileByteCount: UInt64,
    read: (UInt64, Int) throws -> [UInt8], progress: (UInt64) -> Void
  ) async throws -> UInt64 {
    let answer = try await exchange.perform(
      .PATCH, "/v1/uploads/\(upload.bytes)",
      [
        ("Tus-Resumable", "1.0.0"), ("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", "\(offset)"),
        ("Content-Length", "\(fileByteCount - offset)"),
      ],
      send: { writer in
        var position = offset
        while position < fileByteCount {
          let bytes = try read(position, Int(min(UInt64(Self.pieceByteCount), fileByteCount - position)))
          try await writer.write(ByteBuffer(bytes: bytes))
          position += UInt64(bytes.count)
          progress(position)
        }
      })
    return try self.offset(answer, expecting: 204)
  }

  /// Fetches a file from `offset` on.
  ///
  /// - Parameter write: gets the next bytes; never more than `fileByteCount` in all.
  /// - Throws: ``BlobTransferError/unknown`` for what is not there (any more).
  package func fetch(
    _ id: BlobID, from offset: UInt64, fileByteCount: UInt64, write: ([UInt8]) throws -> Void
  ) async throws {
    var position = offset
    let answer = try await exchange.perform(
      .GET, "/v1/blobs/\(id.bytes)", [("Range", "bytes=\(offset)-")], receiving: [206]
    ) { head, bytes in
      guard head.headers.first(name: "Content-Range") == "bytes \(offset)-\(fileByteCount - 1)/\(fileByteCount)",
        UInt64(bytes.readableBytes) <= fileByteCount - position
      else { throw BlobTransferError.unexpected(status: 206) }
      try write([UInt8](buffer: bytes))
      position += UInt64(bytes.readableBytes)
    }
    guard answer.status.code == 206 else { throw Self.error(answer.status) }
    guard position == fileByteCount else { throw BlobTransferError.connection(.closed) }
  }

  /// Deletes a file, or what there is of it (tus termination). One that is not there (any more) is deleted.
  package func delete(_ upload: UploadCapability) async throws {
    let answer = try await exchange.perform(.DELETE, "/v1/uploads/\(upload.bytes)", [("Tus-Resumable", "1.0.0")])
    guard ![204, 403, 404, 410].contains(answer.status.code) else { return }
    throw Self.error(answer.status)
  }

  private func offset(_ answer: HTTPResponseHead, expecting status: UInt) throws(BlobTransferError) -> UInt64 {
    guard answer.status.code == status else { throw Self.error(answer.status) }
    guard let offset = answer.headers.first(name: "Upload-Offset").flatMap({ UInt64($0) }) else {
      throw .unexpected(status: Int(status))
    }
    return offset
  }

  private static func error(_ status: HTTPResponseStatus) -> BlobTransferError {
    switch status.code {
    case 403, 404: .unknown
    case 409: .otherOffset
    case 503: .unavailable
    default: .unexpected(status: Int(status.code))
    }
  }
}
