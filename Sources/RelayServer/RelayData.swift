package import Ambient
import ByteLayout
import Foundation
package import RelayBlobs
package import RelayCore
import RelaySigning
import RelayStore
package import RelayWire
import Verification

/// A relay's data folder, opened: its store and its key. One process owns it.
package struct RelayData: Sendable {
  package let store: any MailboxStore
  package let blobs: BlobStore
  package let relayKey: RelayKey

  /// The folder of the files in a data folder.
  static func blobs(_ folder: String) -> String { folder + "/blobs" }

  /// Opens `folder`, and makes it (0700) with everything in it at the first start.
  ///
  /// - Throws: ``RelayDataError``.
  package init(
    folder: String, clock: any WallClock, admission: StoreAdmission = StoreAdmission(),
    blobQuota: BlobQuota = BlobQuota(), metrics: RelayMetrics? = nil
  ) throws(RelayDataError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw .cannotWrite(folder: folder) }
    let key: RelaySigningKey
    do throws(RelaySigningError) { key = try RelaySigningKey(directory: folder) } catch {
      switch error {
      case .damaged, .signing: throw .damaged(folder: folder)
      case .file: throw .cannotWrite(folder: folder)
      }
    }
    let signer = StoreSigner(key: key)
    relayKey = signer.relayKey
    var tuning = StoreTuning()
    if let metrics {
      tuning.afterCommit = { writes, time, isDurable in
        metrics.committed(writes: writes, seconds: time / .seconds(1), isDurable: isDurable)
      }
    }
    tuning.quota = admission.quota
    tuning.registration = admission.registration
    tuning.requestWorkBits = admission.requestWorkBits
    let mailboxes: SQLiteMailboxStore
    do throws(StoreError) {
      mailboxes = try SQLiteMailboxStore(directory: folder, signer: signer, clock: clock, tuning: tuning)
    } catch { throw RelayDataError(error, folder: folder) }
    store = mailboxes
    do throws(BlobStoreError) {
      blobs = try BlobStore(
        path: Self.blobs(folder), quota: blobQuota, clock: clock,
        expiryClock: mailboxes.expiryClock)
    } catch { throw .cannotWrite(folder: Self.blobs(folder)) }
    ProcessFile.write(in: folder)
  }
}

/// What a relay's store takes from whom.
package struct StoreAdmission: Hashable, Sendable {
  package var quota = MailboxQuota()
  /// Who may open a new mailbox.
  package var registration = RegistrationMode.open
  /// What an envelope of class request needs (C15); 0: no work.
  package var requestWorkBits: UInt32 = 0

  package init() {}
}

/// The relay's key, as its store sees it.
struct StoreSigner: RelaySigner {
  let key: RelaySigningKey

  var relayKey: RelayKey { RelayKey(key.verifyingKey.bytes) }

  func signature(label: String, body: [UInt8]) -> FixedBytes<64>? {
    // Nil is told as it is: a receipt without proof, or a page without signature, which no node believes.
    try? key.sign(label: label, body: body).bytes
  }
}

/// Why a relay's data folder cannot be used, and what to do next.
package enum RelayDataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another relay process owns it.
  case inUse(folder: String, processID: Int?)
  /// It cannot be made, read or written.
  case cannotWrite(folder: String)
  /// What is in it is not what this version wrote.
  case damaged(folder: String)
  /// No relay has served from it yet.
  case missing(folder: String)
  /// A relay of another version wrote it.
  case otherVersion(folder: String)
  /// It cannot be read, or has a line that no tool of this version wrote.
  case tokensUnreadable(file: String)
  /// A copy is never made over another file.
  case exists(file: String)
  case noSuchMailbox
  case notAMailbox

  package var description: String {
    switch self {
    case .inUse(let folder, let processID):
      "Another relay\(processID.map { " (process \($0))" } ?? "") uses \(folder). Stop it first, or choose another folder with --data."
    case .cannotWrite(let folder):
      "Cannot read and write \(folder). Check its owner, its permissions and the space on its disk."
    case .damaged(let folder):
      "The data in \(folder) is not what this version wrote. Nothing was changed. Restore it from a copy, or start with an empty folder."
    case .missing(let folder):
      "There is no relay's data in \(folder). Name the folder that `sotto-relay serve` uses, with --data."
    case .otherVersion(let folder):
      "The data in \(folder) is of another version. Start and stop this version's `sotto-relay serve` on it once, or use the newer program."
    case .tokensUnreadable(let file):
      "\(file) cannot be read, or is damaged. Nothing was changed. Check its owner and permissions; if it is damaged, put a copy back, or remove it and make new tokens with `sotto-relay token create`."
    case .exists(let file): "\(file) exists already. Nothing was changed: choose another name with --to."
    case .noSuchMailbox: "There is no such mailbox. Nothing was changed."
    case .notAMailbox: "A mailbox's id is 64 hexadecimal digits."
    }
  }
}

/// `relay.pid`: tells people which process owns the folder. The store's lock, not this file, keeps a second one out.
enum ProcessFile {
  static func write(in folder: String) {
    // Without it a second process's error names no number: nothing else depends on it.
    try? "\(ProcessInfo.processInfo.processIdentifier)\n".write(
      toFile: folder + "/relay.pid", atomically: true, encoding: .utf8)
  }

  static func read(in folder: String) -> Int? {
    // A missing or unreadable note is no number.
    guard let text = try? String(contentsOfFile: folder + "/relay.pid", encoding: .utf8) else { return nil }
    return text.split(separator: "\n").first.flatMap { Int($0) }
  }
}
