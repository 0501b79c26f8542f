package import Ambient
import RelayClient

/// How a node reaches relays, as the environment of its process says.
///
/// - `SOTTO_SOCKS=HOST:PORT`: everything goes through this SOCKS 5 proxy, usually Tor's.
/// - `SOTTO_TLS_CA_FILE=FILE`: certificates in PEM that are trusted beside the system's.
/// - `SOTTO_TLS_PIN_SHA256=HOST:PORT=PIN[,…]`: the public keys that these relays' certificates must have.
/// - `SOTTO_TLS_LOOPBACK=1`: loopback speaks TLS too, and may be behind the proxy: for tests.
package struct RelayNetwork: Sendable {
  /// TLS as the system trusts it, no proxy.
  package static let direct = RelayNetwork(.direct)

  /// What connections are made with.
  let transport: RelayTransport

  private init(_ transport: RelayTransport) { self.transport = transport }

  /// - Parameters:
  ///   - environment: of the process; an empty variable counts as none.
  ///   - randomness: where the user names for the proxy come from.
  /// - Throws: ``RelayNetworkError``.
  package init(environment: [String: String], randomness: any PublicRandomness) throws(RelayNetworkError) {
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let loopback = variable("SOTTO_TLS_LOOPBACK")
    guard loopback == nil || loopback == "1" else {
      throw RelayNetworkError(variable: "SOTTO_TLS_LOOPBACK", explanation: "Set it to 1, or unset it.")
    }
    var proxy: SocksProxy?
    if let text = variable("SOTTO_SOCKS") {
      do throws(RelayTransportError) { proxy = try SocksProxy(text) } catch {
        throw RelayNetworkError(variable: "SOTTO_SOCKS", explanation: error.description)
      }
    }
    let pins: TLSPins
    do throws(RelayTransportError) { pins = try TLSPins(variable("SOTTO_TLS_PIN_SHA256") ?? "") } catch {
      throw RelayNetworkError(variable: "SOTTO_TLS_PIN_SHA256", explanation: error.description)
    }
    do throws(RelayTransportError) {
      transport = try RelayTransport(
        authorityFile: variable("SOTTO_TLS_CA_FILE"), tlsOnLoopback: loopback != nil, pins: pins, proxy: proxy,
        randomness: randomness)
    } catch { throw RelayNetworkError(variable: "SOTTO_TLS_CA_FILE", explanation: error.description) }
  }

  /// How long the node waits in this network: Tor builds circuits first, and two of them are not built at once (§4).
  package var limits: NodeLimits {
    transport.isProxied ? NodeLimits(request: .seconds(60), circuitPause: .seconds(5)) : NodeLimits()
  }
}

/// An environment variable that says nothing usable.
package struct RelayNetworkError: Error, Hashable, Sendable {
  /// Its name.
  package let variable: String
  /// What to write instead.
  package let explanation: String
}
