import HTTPTypes
import HummingbirdCore
import NIOCore
import NodeInterface

/// Files over HTTP: bodies as they are, of any size, one piece in memory at a time.
extension HTTPRoutes {
  /// Hands out the file of a message, in whole or in part; one that is at a relay is fetched first.
  func download(
    _ id: String, _ request: Request, _ caller: Caller, _ channel: any Channel
  ) async throws -> Response {
    let (slot, context) = (try slot(), context)
    let file = try await context.tokens.whileValid(caller) { try await context.file(id, for: caller) }
    return FileDownload.response(file, range: request.headers[.range]) {
      // Ends the connection when the token does.
      await Self.close(channel, when: caller, of: context.tokens)
      withExtendedLifetime(slot) {}
    }
  }

  /// Takes the bytes of a file that was announced; all of them or none.
  func upload(_ id: String, _ request: Request, _ caller: Caller) async throws -> Response {
    let length = request.headers[.contentLength].flatMap { UInt64($0) }
    let context = context
    try await context.tokens.whileValid(caller) {
      let upload = try context.upload(id, byteCount: length, for: caller)
      for try await bytes in request.body { try upload.append([UInt8](bytes.readableBytesView)) }
      try upload.finish()
    }
    let file = try await dispatcher.call("blob.commit", ["blob": .string(id)], from: caller)
    return Self.json(.ok, file)
  }
}
