import Foundation
import Messaging
import Node

/// `blob.*`: the files of messages. A file's id is that of its message with another beginning: a message has one. Files that
/// are brought before they are sent have ids of their own.
enum BlobMethods {
  static let all = [begin, commit, stat, fetch, delete]

  private static let blob = Schema.Property(
    "blob", .identifier("bl_"), "The file, as its message or blob.begin names it.")
  private static let states = StagedBlobs.State.names + ["inside", "remote", "here"]
  private static let file = Schema.object([
    .init("blob", .identifier("bl_"), "Its id."),
    .optional("message", .identifier("ms_"), "The message that it came with; missing while no message has it."),
    .init("name", .text(), "As its sender named it."), .init("mime", .text(), "As its sender called it."),
    .init("size", .integer(0 ... .max), "Bytes."),
    .init("remote", .boolean, "Whether it is at a relay, and has to be fetched from there."),
    .init(
      "state", .choice(states),
      "expected, coming, ready, taken: brought for a message. inside: in its message. remote, here: at a relay, or fetched."
    ),
  ])

  private static let begin = Method(
    "blob.begin", "Announces a file that is to be brought over HTTP, and then sent with message.send.", scope: .send,
    parameters: [
      .init("size", .integer(0...4_294_967_296), "Its bytes."),
      .init("name", .text(most: 255), "As the recipient sees it."),
      .optional("mime", .text(most: 127), "What it is; application/octet-stream without it."),
    ],
    result: .object([
      .init("blob", .identifier("bl_"), "Its id, for an attachment of message.send."),
      .init("uploadUrl", .text(), "Where to PUT its bytes, on the daemon's HTTP address."),
    ]), errors: [.limitReached], mutates: true
  ) { call in
    let description = StagedBlobs.Description(
      name: try call.text("name"), mime: call.optionalText("mime") ?? "application/octet-stream",
      byteCount: UInt64(clamping: call.integer("size") ?? 0))
    let id = try call.context.staged.begin(description, owner: call.caller.id)
    return ["blob": .string(id), "uploadUrl": .string("/api/v1/blobs/" + id)]
  }

  private static let commit = Method(
    "blob.commit", "Says whether all bytes of a file that you bring have come: then it can be sent.", scope: .send,
    parameters: [blob], result: file, errors: [.notFound, .conflict]
  ) { call in
    let id = try call.text("blob")
    let entry = try call.context.staged.entry(id, owner: call.caller.id)
    guard case .ready = entry.state else { throw StagedBlobs.notReady }
    return shown(entry, id)
  }

  private static let stat = Method(
    "blob.stat", "Says what a file is.", scope: .read, parameters: [blob], result: file,
    errors: [.notFound, .contentGone]
  ) { call in
    let id = try call.text("blob")
    if StagedBlobs.isStaged(id) { return shown(try call.context.staged.entry(id, owner: call.caller.id), id) }
    let message = try await call.read { messenger in try Self.message(of: id, messenger) }
    return shown(message, isHere: try await call.context.node.hasFile(of: message.id))
  }

  private static let fetch = Method(
    "blob.fetch",
    "Brings a file here that is at a relay, whole and verified or not at all; goes on where an earlier attempt was cut off. "
      + "It stays here, encrypted, for an hour after it was last read; with path it is written there, and nothing else stays.",
    scope: .read,
    parameters: [
      blob,
      .optional("path", .text(most: 4_096), "A path where nothing is yet: only over the daemon's own socket."),
    ], result: file,
    errors: [.notFound, .contentGone, .conflict, .forbidden, .relayUnreachable, .relayRejected, .storageFull],
    network: .interactive
  ) { call in
    let id = try call.text("blob")
    let place = try call.optionalText("path").map { path throws(InterfaceError) in
      try call.context.namedFiles.writable(path, at: "path", for: call.caller)
    }
    let message = try await call.read { messenger in try Self.message(of: id, messenger) }
    if let place {
      try await call.context.node.saveFile(of: message, to: place.path)
      withExtendedLifetime(place.folder) {}
      return shown(message, isHere: false)
    }
    if case .attachment = message.body { _ = try await call.context.node.fetchFile(of: message.id) }
    return shown(message, isHere: true)
  }

  private static let delete = Method(
    "blob.delete",
    "Removes what is kept here of a file: one that no message has taken, or the fetched copy of one at a relay. The message "
      + "and the relay keep theirs; message.delete destroys those.", scope: .send, parameters: [blob],
    errors: [.notFound, .contentGone], mutates: true
  ) { call in
    let id = try call.text("blob")
    if StagedBlobs.isStaged(id) {
      try call.context.staged.remove(id, owner: call.caller.id)
    } else {
      let message = try await call.read { messenger in try Self.message(of: id, messenger) }
      try await call.context.node.forgetFile(of: message.id)
    }
    return [:]
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

  private static func shown(_ message: MessageView, isHere: Bool) -> JSONValue {
    var members = InterfaceObject.attachment(of: message)?.object ?? [:]
    members["message"] = .string(InterfaceID.message(message))
    members["state"] = members["remote"] == true ? isHere ? "here" : "remote" : "inside"
    return .object(members)
  }

  private static func shown(_ entry: StagedBlobs.Entry, _ id: String) -> JSONValue {
    [
      "blob": .string(id), "name": .string(entry.description.name), "mime": .string(entry.description.mime),
      "size": .integer(Int64(clamping: entry.description.byteCount)), "remote": false,
      "state": .string(entry.state.name),
    ]
  }
}
