import ByteLayout
import HTTPTypes
import Hummingbird
import NIOCore
import RelayBlobs
import RelayWire

/// Uploads after tus 1.0 (Docs/Protocol.md §2): an upload's URL holds the capability that a sender was granted, and no
/// request names a mailbox or a tag.
struct UploadRoutes: Sendable {
  let store: BlobStore
  let disk: BlobDisk

  func add(to routes: RelayRoutes) {
    routes.on("/v1/uploads", [.options: options, .post: create])
    routes.on(
      "/v1/uploads/:upload",
      [.options: options, .head: tell, .patch: write, .delete: delete, .post: overridden])
  }

  // MARK: Requests

  private func options(_ request: Request, _ context: RelayRequestContext) -> Response {
    Response(
      status: .noContent,
      headers: [
        .tusResumable: Tus.version, .tusVersion: Tus.version, .tusExtension: Tus.extensions,
        .tusMaxSize: "\(store.maximumFileByteCount)", .tusChecksumAlgorithm: "sha256",
      ])
  }

  private func create(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    try checkVersion(request)
    guard let text = request.headers[.authorization], let upload = UploadHeaders.bearer(text) else {
      throw tus(.forbidden, "An upload begins with the capability that a relay granted.")
    }
    guard request.headers[.uploadDeferLength] == nil, request.headers[.uploadConcat] == nil,
      let length = request.headers[.uploadLength].flatMap(UploadHeaders.count)
    else { throw tus(.badRequest, "Upload-Length must say how long the whole upload is.") }
    if let metadata = request.headers[.uploadMetadata] {
      guard UploadHeaders.metadataKeys(metadata) == [] else {
        throw tus(.badRequest, "This relay wants no metadata of what it keeps.")
      }
    }
    var state: UploadState
    do { state = try await disk.run { try store.create(upload, fileByteCount: length) } } catch {
      throw (error as? BlobStoreError) == .unknown
        ? tus(.forbidden, "There is no such grant, or it has ended.") : refusal(error)
    }
    // Asked again: what is there already is told, and what came with this request is not looked at.
    if request.headers[.contentType] == Tus.contentType, state.offset == 0 {
      state = try await receive(request, upload, at: 0)
    }
    var headers = Tus.fields(state)
    headers[.location] = "/v1/uploads/\(upload.bytes)"
    return Response(status: .created, headers: headers)
  }

  private func tell(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    try checkVersion(request)
    let upload = try upload(context)
    do {
      let state = try await disk.run { try store.state(of: upload) }
      var headers = Tus.fields(state)
      headers[.uploadLength] = "\(state.fileByteCount)"
      return Response(status: .ok, headers: headers)
    } catch { throw refusal(error) }
  }

  private func write(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    try checkVersion(request)
    let upload = try upload(context)
    guard request.headers[.contentType] == Tus.contentType else {
      throw tus(.unsupportedMediaType, "The type of an upload's bytes is \(Tus.contentType).")
    }
    guard let offset = request.headers[.uploadOffset].flatMap(UploadHeaders.count) else {
      throw tus(.badRequest, "Upload-Offset must say where these bytes belong.")
    }
    return Response(status: .noContent, headers: Tus.fields(try await receive(request, upload, at: offset)))
  }

  private func delete(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    try checkVersion(request)
    let upload = try upload(context)
    do { try await disk.run { try store.delete(upload) } } catch { throw refusal(error) }
    return Response(status: .noContent, headers: [.tusResumable: Tus.version])
  }

  /// For clients whose surroundings know GET and POST only.
  private func overridden(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    switch request.headers[.methodOverride] {
    case "PATCH": return try await write(request, context)
    case "DELETE": return try await delete(request, context)
    case "HEAD": return try await tell(request, context)
    default: throw tus(.methodNotAllowed, "Not with this method.")
    }
  }

  // MARK: Bytes

  /// Takes a request's body to the disk piece by piece: the client waits while the disk does.
  private func receive(
    _ request: Request, _ upload: UploadCapability, at offset: UInt64
  ) async throws -> UploadState {
    let expected = try checksum(request)
    let writer: UploadWriter
    do { writer = try await disk.run { try store.write(to: upload, at: offset) } } catch { throw refusal(error) }
    do {
      var hash = IncrementalDigest(isNeeded: expected != nil)
      for try await bytes in request.body {
        hash.update(bytes)
        try await disk.run { try bytes.withUnsafeReadableBytes { try writer.append($0) } }
      }
      if let expected, hash.finish() != expected {
        throw tus(.checksumMismatch, "These bytes are not those of the checksum. None of them was kept.")
      }
      return try await disk.run { try store.finish(writer) }
    } catch {
      // Without a checksum, what came before the cut counts.
      let discards = expected != nil
      try await disk.run { store.abandon(writer, discards: discards) }
      throw error is BlobStoreError ? refusal(error) : error
    }
  }

  private func checksum(_ request: Request) throws -> FixedBytes<32>? {
    switch request.headers[.uploadChecksum].map(UploadHeaders.checksum) {
    case nil: return nil
    case .sha256(let digest): return digest
    case .unknownAlgorithm: throw tus(.badRequest, "Checksums are sha256 here.")
    case .malformed: throw tus(.badRequest, "Upload-Checksum must be sha256 and the digest in base64.")
    }
  }

  // MARK: Refusals

  private func checkVersion(_ request: Request) throws {
    guard request.headers[.tusResumable] == Tus.version else {
      throw HTTPRefusal(
        .preconditionFailed, "This relay speaks tus \(Tus.version).",
        headers: [.tusResumable: Tus.version, .tusVersion: Tus.version])
    }
  }

  private func upload(_ context: RelayRequestContext) throws -> UploadCapability {
    guard let upload = context.parameters.get("upload").flatMap(UploadHeaders.capability) else {
      throw refusal(BlobStoreError.unknown)
    }
    return upload
  }

  private func tus(
    _ status: HTTPResponse.Status, _ explanation: String, _ headers: HTTPFields = [:]
  ) -> HTTPRefusal {
    var headers = headers
    headers[.tusResumable] = Tus.version
    return HTTPRefusal(status, explanation, headers: headers)
  }

  private func refusal(_ error: any Error) -> any Error {
    guard let error = error as? BlobStoreError else { return error }
    return switch error {
    case .unknown: tus(.notFound, "There is nothing here.")
    case .otherOffset(let offset):
      tus(.conflict, "The upload goes on at another offset.", [.uploadOffset: "\(offset)"])
    case .superseded: tus(.conflict, "Another request goes on with this upload.")
    case .tooLarge: tus(.contentTooLarge, "More than was granted.")
    case .overQuota, .unavailable:
      tus(.serviceUnavailable, "The relay cannot store anything now.", [.retryAfter: "5"])
    }
  }
}
