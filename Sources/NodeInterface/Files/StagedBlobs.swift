import Ambient
import ByteLayout
import Node
import Synchronization

/// Files that callers bring before they send them. Encrypted on the disk, with their keys in this process: they end with it.
package final class StagedBlobs: Sendable {
  /// Files of one caller that no message has taken yet.
  static let mostOfOneCaller = 16
  /// After a day nobody sends it any more.
  static let keptMilliseconds: Int64 = 86_400_000

  /// What its caller says of a file.
  struct Description: Hashable, Sendable {
    let name: String
    let mime: String
    let byteCount: UInt64
  }

  enum State: Sendable {
    /// Its bytes are still to be brought.
    case expected
    case coming
    case ready(StagedFile)
    /// A message is being made of it.
    case taken

    static let names = ["expected", "coming", "ready", "taken"]
    var name: String {
      switch self {
      case .expected: "expected"
      case .coming: "coming"
      case .ready: "ready"
      case .taken: "taken"
      }
    }
  }

  struct Entry: Sendable {
    let owner: String
    let description: Description
    let begunAt: WallTime
    var state = State.expected
  }

  private static let prefix = InterfaceID.blob.rawValue + "u"
  private let entries = Mutex<[String: Entry]>([:])
  private let clock: any WallClock
  private let randomness: any PublicRandomness

  init(clock: any WallClock, randomness: any PublicRandomness) {
    self.clock = clock
    self.randomness = randomness
  }

  /// Whether an id is one of a file that a caller brings, and not of a message's.
  static func isStaged(_ id: String) -> Bool { id.hasPrefix(prefix) }

  /// Announces a file.
  ///
  /// - Returns: its id.
  func begin(_ description: Description, owner: String) throws(InterfaceError) -> String {
    let now = clock.now()
    let id = Self.prefix + Hexadecimal.encode(randomness.bytes(16))
    let hasRoom = entries.withLock { entries in
      entries = entries.filter { now.milliseconds - $0.value.begunAt.milliseconds < Self.keptMilliseconds }
      guard entries.values.count(where: { $0.owner == owner }) < Self.mostOfOneCaller else { return false }
      entries[id] = Entry(owner: owner, description: description, begunAt: now)
      return true
    }
    guard hasRoom else {
      throw InterfaceError(
        .limitReached, "\(Self.mostOfOneCaller) files wait to be sent: send them, or delete them with blob.delete.",
        details: ["limit": .integer(Self.mostOfOneCaller)])
    }
    return id
  }

  /// - Throws: ``InterfaceError`` of the kind not_found, also for somebody else's.
  func entry(_ id: String, owner: String) throws(InterfaceError) -> Entry {
    guard let entry = entries.withLock({ $0[id] }), entry.owner == owner else { throw Self.unknown }
    return entry
  }

  /// Takes a file whose bytes have all come for a message, so that no other message gets it.
  ///
  /// - Throws: ``InterfaceError``: not_found, and conflict while they have not, or a message has it.
  func take(_ id: String, owner: String) throws(InterfaceError) -> (Description, StagedFile) {
    let entry = try entry(id, owner: owner)
    guard
      let file = entries.withLock({ entries -> StagedFile? in
        guard case .ready(let file) = entries[id]?.state else { return nil }
        entries[id]?.state = .taken
        return file
      })
    else { throw Self.notReady }
    return (entry.description, file)
  }

  /// The message that took a file has it; or it has not, and gives it back.
  func end(_ id: String, giving file: StagedFile?) {
    entries.withLock { entries in
      guard let file else {
        entries[id] = nil
        return
      }
      entries[id]?.state = .ready(file)
    }
  }

  static let notReady = InterfaceError(
    .conflict, "Its bytes have not all come: PUT them to its uploadUrl.", details: ["reason": "not_uploaded"])

  /// Lets go of a file; what no message has taken is removed from the disk.
  func remove(_ id: String, owner: String) throws(InterfaceError) {
    let wasThere = entries.withLock { entries in
      guard entries[id]?.owner == owner else { return false }
      entries[id] = nil
      return true
    }
    guard wasThere else { throw Self.unknown }
  }

  /// Lets go of everything of a caller that is not there any more.
  func forget(owner: String) { entries.withLock { entries in entries = entries.filter { $0.value.owner != owner } } }

  /// Lets go of what nobody has sent in a day.
  func removeOld() {
    let now = clock.now().milliseconds
    entries.withLock { entries in
      entries = entries.filter { now - $0.value.begunAt.milliseconds < Self.keptMilliseconds }
    }
  }

  /// Begins to take the bytes; nobody else may meanwhile.
  fileprivate func receive(_ id: String, owner: String) throws(InterfaceError) -> Description {
    let taken: Result<Description, InterfaceError> = entries.withLock { entries in
      guard let entry = entries[id], entry.owner == owner else { return .failure(Self.unknown) }
      guard case .expected = entry.state else {
        return .failure(
          InterfaceError(.conflict, "Its bytes have come, or are coming.", details: ["reason": "uploaded"]))
      }
      entries[id]?.state = .coming
      return .success(entry.description)
    }
    return try taken.get()
  }

  /// What has come, all of it or nothing.
  fileprivate func received(_ id: String, _ file: StagedFile?) {
    entries.withLock { entries in
      // It may have been deleted meanwhile.
      entries[id]?.state = file.map { .ready($0) } ?? .expected
    }
  }

  private static let unknown = InterfaceError(.notFound, "There is no such file.")
}

/// The bytes of one file on their way in, for transports that carry bytes. Used by one task; what is not whole at the end of
/// its life was not said, and may be begun again.
package final class BlobUpload {
  private let staged: StagedBlobs
  private let id: String
  private let writer: StagingWriter
  private var file: StagedFile?

  fileprivate init(_ staged: StagedBlobs, _ id: String, _ writer: StagingWriter) {
    self.staged = staged
    self.id = id
    self.writer = writer
  }

  deinit { staged.received(id, file) }

  /// Takes the next bytes.
  ///
  /// - Throws: ``InterfaceError``: too_large when there are more than were announced, storage_full.
  package func append(_ bytes: [UInt8]) throws(InterfaceError) {
    do throws(NodeFileError) { try writer.append(bytes) } catch { throw Self.mapped(error) }
  }

  /// All has come.
  ///
  /// - Throws: ``InterfaceError``: invalid_params when it is less than was announced, storage_full.
  package func finish() throws(InterfaceError) {
    do throws(NodeFileError) { file = try writer.finish() } catch .cannotRead {
      throw .parameter("size", expected: "the number of bytes that come")
    } catch { throw Self.mapped(error) }
  }

  private static func mapped(_ error: NodeFileError) -> InterfaceError {
    if error == .cannotRead { return InterfaceError(.tooLarge, "More bytes came than were announced.") }
    return InterfaceError(error) ?? InterfaceError(.storageFull)
  }
}

extension InterfaceContext {
  /// Begins to take the bytes of a file that was announced with blob.begin.
  ///
  /// - Parameter byteCount: how many will come, if that is known.
  /// - Throws: ``InterfaceError``: forbidden, rate_limited, not_found, conflict, invalid_params.
  package func upload(_ id: String, byteCount: UInt64?, for caller: Caller) throws -> BlobUpload {
    guard caller.scopes.contains(.send) else { throw InterfaceError.missing(.send) }
    try limits.count(caller, sendingTo: nil)
    let announced = try staged.entry(id, owner: caller.id).description.byteCount
    guard byteCount == nil || byteCount == announced else {
      throw InterfaceError.parameter("Content-Length", expected: "\(announced), as it was announced")
    }
    let description = try staged.receive(id, owner: caller.id)
    do { return BlobUpload(staged, id, try node.stage(byteCount: description.byteCount)) } catch {
      staged.received(id, nil)
      throw InterfaceError(error) ?? error
    }
  }
}
