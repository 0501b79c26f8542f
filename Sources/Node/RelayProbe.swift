package import Messaging
import RelayClient
import RelayWire

/// Asks a relay who it is, before there is an account: the first step of C14.
///
/// The key that it names is pinned in the routes of the new account, so that no other relay can stand in for it later.
package struct RelayProbe: Sendable {
  private let address: RelayAddress
  private let network: RelayNetwork

  /// - Parameter url: `wss://HOST:PORT`, or `ws://HOST:PORT` on loopback and for an onion service.
  /// - Throws: ``RelayProbeError/notAnAddress(explanation:)``.
  package init(url: String, network: RelayNetwork = .direct) throws(RelayProbeError) {
    self.network = network
    do throws(RelayAddressError) { address = try network.transport.address(url: url) } catch {
      throw .notAnAddress(explanation: error.description)
    }
  }

  /// `host:port`, as the routes have it.
  package var host: String { address.route }

  /// Connects, reads Hello, and leaves.
  ///
  /// - Throws: ``RelayProbeError/unreachable(host:)``, ``RelayProbeError/notARelay(host:)``,
  ///   ``RelayProbeError/notConnected(host:explanation:)``.
  package func homeRelay() async throws(RelayProbeError) -> HomeRelay {
    let connection: RelayConnection
    do throws(RelayClientError) {
      connection = try await RelayConnection.connect(
        to: address, expectedRelayKey: nil, timeLimit: network.limits.request, transport: network.transport)
    } catch {
      switch error {
      case .unreachable, .closed, .timedOut, .cancelled, .proxy(.cannotConnect): throw .unreachable(host: host)
      default:
        if let explanation = error.explanation { throw .notConnected(host: host, explanation: explanation) }
        throw .notARelay(host: host)
      }
    }
    let relay = HomeRelay(host: host, relayKey: connection.hello.relayKey)
    await connection.close()
    return relay
  }
}

/// Why a relay could not be asked who it is.
package enum RelayProbeError: Error, Hashable, Sendable {
  /// The text names no relay that this version can reach.
  case notAnAddress(explanation: String)
  /// Nothing answers there.
  case unreachable(host: String)
  /// Something answers, but not a relay of a version that this node understands.
  case notARelay(host: String)
  /// No connection was made, for a reason other than that nothing answers: TLS, the proxy, the address.
  case notConnected(host: String, explanation: String)
}
