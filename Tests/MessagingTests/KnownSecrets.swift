import DoubleRatchet
import Foundation
import ProcessSupport
import SecretMemory
import Primitives
import TestSupport
import Vault

/// The keys that a vault holds at one moment, with what they are: what a process may have in its memory.
struct KnownSecrets {
  /// What each is, by its bytes.
  private(set) var kinds: [[UInt8]: String] = [:]

  init() {}

  /// Reads all of them from a copy of the vault, as it lies on the disk now.
  ///
  /// - Parameter stepsAhead: how many messages of each chain come next: their keys follow from it.
  init(home: String, keyFile: String, stepsAhead: UInt32) throws {
    let copy = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: home, toPath: copy.path(of: "home"))
    let vault = try Vault.open(
      directory: copy.path(of: "home"), protection: .keyFile(path: keyFile), randomness: SeededRandomness("copy"))
    var secrets = KnownSecrets()
    try vault.read { transaction in
      try secrets.addSessions(transaction, stepsAhead: stepsAhead)
      for prekey in try transaction.liveOneTimePrekeys() {
        guard let keys = try transaction.oneTimePrekeyPrivate(id: prekey.id) else { continue }
        secrets.add("a one-time prekey", try keys.slice(0..<32))
        secrets.add("a one-time KEM prekey", try keys.slice(32..<64))
        secrets.add("a one-time KEM prekey", try keys.slice(64..<96))
      }
      for prekey in try transaction.signedPrekeys() {
        guard let keys = try transaction.signedPrekeyPrivate(bundleID: prekey.bundleID) else { continue }
        secrets.add("a signed prekey", try keys.slice(0..<32))
      }
      for id in 1...max(1, try transaction.greatestMessageID()) {
        guard let key = try transaction.messageKey(id) else { continue }
        secrets.add("the vault's key of a message", key)
      }
      guard let seed = try transaction.deviceSecret(DeviceSecret(rawValue: 1)) else { return }
      secrets.add(Self.deviceKey, seed)
    }
    self = secrets
    withExtendedLifetime(copy) {}
  }

  /// What a running node has in its memory all the time.
  static let deviceKey = "the device key"

  mutating func formUnion(_ other: KnownSecrets) { kinds.merge(other.kinds) { old, _ in old } }

  /// Those that are not among the others.
  func subtracting(_ others: KnownSecrets) -> KnownSecrets {
    var rest = self
    for bytes in others.kinds.keys { rest.kinds[bytes] = nil }
    return rest
  }

  /// A search for the middle of each: what was partly overwritten is found as well.
  func search() -> Canaries {
    var canaries = Canaries()
    for (bytes, kind) in kinds { canaries.add(kind, rawBytes: bytes[8..<24]) }
    return canaries
  }

  // MARK: - Sessions

  private mutating func addSessions(_ transaction: VaultReader, stepsAhead: UInt32) throws {
    for contact in try transaction.contacts() {
      for device in try transaction.peerDevices(contactID: contact.id) {
        for session in try transaction.sessions(peerDeviceID: device.id) {
          try addSession(try transaction.sessionArchive(id: session.id), stepsAhead: stepsAhead)
        }
      }
    }
  }

  private mutating func addSession(_ archive: borrowing SecretBytes, stepsAhead: UInt32) throws {
    let state = try RatchetStateArchive(decoding: archive)
    add("a root key", state.rootKey)
    add("a ratchet key", state.ratchetScalar)
    let sparse = try SparseKeys(archive)
    if let sparse { addSparse(sparse) }
    switch state.sending {
    case .some(let sending):
      try add(sending.chain, mixedWith: sparse?.own, stepsAhead: stepsAhead)
      switch sending.received {
      case .some(let received): try add(received.chain, mixedWith: sparse?.peers, stepsAhead: stepsAhead)
      case .none: break
      }
    case .none: break
    }
  }

  /// The secrets of a suite 3 archive's post-quantum part: version, phase u8 ‖ epoch u32 ‖ root ‖ own ck ‖ u32 ‖ peer's ck ‖
  /// u32, and while a side offers its key the seed (Protocol §6a.7).
  private struct SparseKeys {
    let root: [UInt8]
    let own: [UInt8]
    let peers: [UInt8]
    let seed: [UInt8]

    init?(_ archive: borrowing SecretBytes) throws {
      let bytes = archive.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
      guard bytes.first == RatchetStateArchive.postQuantumVersion, bytes.count > 174 else { return nil }
      root = Array(bytes[6..<38])
      own = Array(bytes[38..<70])
      peers = Array(bytes[74..<106])
      seed = bytes[1] == 0 ? Array(bytes[110..<174]) : []
    }
  }

  private mutating func addSparse(_ keys: SparseKeys) {
    kinds[keys.root] = "a root key"
    kinds[keys.own] = "a post-quantum chain key"
    kinds[keys.peers] = "a post-quantum chain key"
    guard !keys.seed.isEmpty else { return }
    kinds[Array(keys.seed.prefix(32))] = "a ratchet key"
    kinds[Array(keys.seed.suffix(32))] = "a ratchet key"
  }

  /// A chain, and what follows from it for the next messages.
  ///
  /// - Parameter mixedWith: the post-quantum chain of the direction, in suite 3 (§6a.4).
  private mutating func add(
    _ chain: borrowing RatchetStateArchive.Chain, mixedWith postQuantum: [UInt8]?, stepsAhead: UInt32
  ) throws {
    var key = try chain.key.duplicate()
    var salt = try SecretBytes(copying: postQuantum ?? [UInt8](repeating: 0, count: 32))
    add("a chain key", key)
    for _ in 0..<stepsAhead {
      let messageKey = try HMACSHA256.secret([1], key: key)
      let keyAndNonce = try HKDFSHA256.derive(
        salt: salt, inputKeyMaterial: messageKey, info: [UInt8]("Sotto_DR_Message_v1".utf8), byteCount: 56)
      add("a message key", messageKey)
      add("what a message was encrypted with", try keyAndNonce.slice(0..<32))
      key = try HMACSHA256.secret([2], key: key)
      add("a chain key", key)
      guard postQuantum != nil else { continue }
      salt = try HMACSHA256.secret([2], key: salt)
      add("a post-quantum chain key", salt)
    }
  }

  private mutating func add(_ kind: String, _ secret: borrowing SecretBytes) {
    kinds[secret.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }] = kind
  }
}
