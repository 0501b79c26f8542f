import Foundation
import Messaging
import Node

/// `blob.*`: the files of messages. A file's id is that of its message with another beginning: a message has one.
enum BlobMethods {
  static let all = [stat, fetch]

  private static let blob = Schema.Property("blob", .identifier("bl_"), "The file, as its message names it.")
  private static let file = Schema.object([
    .init("blob", .identifier("bl_"), "Its id."),
    .init("message", .identifier("ms_"), "The message that it came with."),
    .init("name", .text(), "As its sender named it."), .init("mime", .text(), "As its sender called it."),
    .init("size", .integer(0 ... .max), "Bytes."),
    .init("remote", .boolean, "Whether it is at a relay, and has to be fetched from there."),
  ])

  private static let stat = Method(
    "blob.stat", "Says what a file is.", scope: .read, parameters: [blob], result: file,
    errors: [.notFound, .contentGone]
  ) { call in
    let id = try call.text("blob")
    return try await call.read { messenger in shown(try message(of: id, messenger)) }
  }

  private static let fetch = Method(
    "blob.fetch",
    "Writes a file where you say, whole and verified or not at all; one that is at a relay is fetched, and goes on where "
      + "an earlier attempt was cut off.", scope: .read,
    parameters: [blob, .init("path", .text(most: 4_096), "An absolute path where nothing is yet.")], result: file,
    errors: [.notFound, .contentGone, .conflict, .forbidden, .relayUnreachable, .relayRejected, .storageFull],
    network: .interactive
  ) { call in
    let (id, path) = (try call.text("blob"), try call.text("path"))
    guard call.caller.mayNameFiles else {
      throw InterfaceError(.forbidden, "Paths of files are taken over the daemon's own socket only.")
    }
    guard path.hasPrefix("/") else { throw InterfaceError.parameter("path", expected: "an absolute path") }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw InterfaceError(.conflict, "There is something at this path already.", details: ["reason": "file_exists"])
    }
    let message = try await call.read { messenger in try Self.message(of: id, messenger) }
    try await call.context.node.saveFile(of: message, to: path)
    return shown(message)
  }

  /// The message of a file.
  ///
  /// - Throws: ``InterfaceError`` of the kinds not_found and content_gone.
  static func message(of text: String, _ messenger: Messenger) throws -> MessageView {
    guard text.hasPrefix(InterfaceID.blob.rawValue) else {
      throw InterfaceError.parameter("blob", expected: Schema.identifier(InterfaceID.blob.rawValue).expectation)
    }
    let id = InterfaceID.message.rawValue + text.dropFirst(InterfaceID.blob.rawValue.count)
    let message = try messenger.message(try InterfaceID.messageRow(id, at: "blob", messenger))
    switch message.body {
    case .file, .attachment: return message
    case .gone(let reason): throw InterfaceError(.contentGone, details: ["reason": .string(reason.name)])
    default: throw InterfaceError(.notFound, "This message has no file.")
    }
  }

  private static func shown(_ message: MessageView) -> JSONValue {
    var members = InterfaceObject.attachment(of: message)?.object ?? [:]
    members["message"] = .string(InterfaceID.message(message))
    return .object(members)
  }
}
