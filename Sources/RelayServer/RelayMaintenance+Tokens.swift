package import Ambient
import ByteLayout
import Foundation
import RelayCore
import RelayStore
import RelayWire

/// Registration tokens, which may be made and revoked while a relay runs: it only reads their file.
extension RelayMaintenance {
  /// A token as its operator sees it afterwards: never the token itself.
  package struct RegistrationTokenState: Hashable, Sendable {
    /// The first 8 hexadecimal digits of its hash.
    package let name: String
    package let uses: UInt32
    package let used: UInt32
    /// Unix seconds.
    package let expiresAt: UInt64
  }

  /// Makes a token.
  ///
  /// - Parameters:
  ///   - uses: mailboxes that may be made with it.
  ///   - days: how long it is good.
  /// - Returns: its text, which is nowhere kept.
  package static func createToken(
    folder: String, uses: UInt32, days: UInt32, clock: any WallClock, randomness: any PublicRandomness
  ) throws(RelayDataError) -> String {
    var bytes = FixedBytes<16>()
    for (index, byte) in randomness.bytes(16).enumerated() { bytes[index] = byte }
    let token = RegistrationToken(bytes)
    let now = UInt64(clamping: clock.now().seconds)
    let grant = RegistrationGrant(
      hash: RegistrationRules.hash(token), uses: uses, expiresAt: now + UInt64(days) * 86_400)
    try change(folder) { grants in
      grants.removeAll { $0.expiresAt <= now }
      grants.append(grant)
    }
    return token.text
  }

  /// The tokens that are good, spent or over, the oldest first.
  package static func tokens(folder: String) throws(RelayDataError) -> [RegistrationTokenState] {
    do throws(StoreError) {
      let grants = try RegistrationTokenFile(directory: folder).read()
      // Before the first start there is no store, and no token was used.
      let isStarted = FileManager.default.fileExists(atPath: folder + "/relay.sqlite")
      let used = isStarted ? try RegistrationUses.read(directory: folder, of: grants.map(\.hash)) : [:]
      return grants.map {
        RegistrationTokenState(name: name($0), uses: $0.uses, used: used[$0.hash] ?? 0, expiresAt: $0.expiresAt)
      }
    } catch { throw RelayDataError(error, folder: folder) }
  }

  /// Takes tokens back; mailboxes that were made with them stay.
  ///
  /// - Parameter name: the first hexadecimal digits of a token's hash, or the token itself.
  /// - Returns: how many it was.
  package static func revokeToken(_ name: String, folder: String) throws(RelayDataError) -> Int {
    let wanted =
      RegistrationToken(text: name).map { Hexadecimal.encode(RegistrationRules.hash($0).array) } ?? name.lowercased()
    var removed = 0
    try change(folder) { grants in
      let kept = grants.filter { !Hexadecimal.encode($0.hash.array).hasPrefix(wanted) }
      removed = grants.count - kept.count
      grants = kept
    }
    return removed
  }

  private static func name(_ grant: RegistrationGrant) -> String { Hexadecimal.encode(grant.hash.array.prefix(4)) }

  private static func change(
    _ folder: String, _ body: (inout [RegistrationGrant]) -> Void
  ) throws(RelayDataError) {
    guard FileManager.default.fileExists(atPath: folder) else { throw .missing(folder: folder) }
    do throws(StoreError) { try RegistrationTokenFile(directory: folder).change(body) } catch {
      throw RelayDataError(error, folder: folder)
    }
  }
}
