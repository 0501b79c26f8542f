package import Ambient
import ByteLayout
import KeyAgreement
import Primitives
import Vault

/// The shared core of one account on one device: what a node knows and decides, without any input or output.
///
/// Every input (a command, an answer from a relay, a page of envelopes) is one method and one write transaction. What has
/// to happen outside is read off the vault as work and performed by the shell, which feeds the result back in. Nothing is
/// kept in memory that does not follow from the vault, so dropping this object at any instruction loses nothing.
///
/// Not safe to use from two tasks at once: the node confines it to one actor.
package final class Messenger {
  let vault: Vault
  let environment: MessagingEnvironment
  let own: OwnDevice
  let caches = Caches()
  let timedIndex = TimedIndex()
  let traces = ErasureTraces()

  init(vault: Vault, environment: MessagingEnvironment) throws {
    self.vault = vault
    self.environment = environment
    own = try vault.read { transaction in try OwnDevice(from: transaction) }
    try environment.randomness.hedge(
      by: own.identity.signingKey, start: UInt64(clamping: environment.clock.now().milliseconds))
  }

  /// What the injected clock says.
  package var currentTime: WallTime { environment.clock.now() }

  var now: WallTime { environment.clock.now() }
  var nowSeconds: Int64 { now.seconds }
}
