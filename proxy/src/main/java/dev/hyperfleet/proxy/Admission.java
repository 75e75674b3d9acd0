package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.machine.Machine;
import java.time.Instant;
import java.util.Optional;

/**
 * Decides who may access a port.
 *
 * @param unchecked the access rule if keys are not checked; empty if they are
 */
record Admission(ApiKeys keys, PortLinks links, Optional<UncheckedAccess> unchecked) {
    /**
     * Admits a request, or refuses it. A machine that the request's key must not see is not found, unless the request
     * needs no key.
     *
     * @param name of the machine in the request
     * @param page that sent it; if only a cookie authorizes the request, it must be a page of the same host
     * @return when the link in its query expires, if it has a valid one
     */
    Optional<Instant> admit(String name, Machine machine, int port, Credentials credentials, SendingPage page) {
        Optional<Instant> link = credentials.link().flatMap(token -> links.verify(token, machine.id(), port));
        boolean isOpen = link.isPresent() || machine.spec().publicPorts().contains(port);
        Optional<ApiKey> key = isOpen || unchecked.isPresent()
                ? Optional.empty()
                : credentials.key().flatMap(keys::authenticate);
        if (key.filter(known -> !known.sees(machine)).isPresent()) {
            throw HyperfleetException.notFound(name);
        }
        MachinePorts.requireExposed(machine, port);
        if (isOpen) {
            return link;
        }
        if (unchecked.isPresent()) {
            unchecked.get().admit(page);
        } else if (credentials.key().isPresent()) {
            check(key);
        } else if (credentials.cookies().stream()
                .anyMatch(token -> links.verify(token, machine.id(), port).isPresent())) {
            page.requireOwn();
        } else {
            throw stranger(credentials);
        }
        return link;
    }

    private static void check(Optional<ApiKey> key) {
        if (key.isEmpty()) {
            throw new HyperfleetException(ErrorCode.UNAUTHORIZED, "The API key is not valid.");
        }
        if (!key.get().allows(Scope.MACHINES_PROXY)) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN, "The API key lacks the scope %s".formatted(Scope.MACHINES_PROXY.text()));
        }
    }

    private static HyperfleetException stranger(Credentials credentials) {
        boolean hadLink =
                credentials.link().isPresent() || !credentials.cookies().isEmpty();
        return new HyperfleetException(
                ErrorCode.UNAUTHORIZED,
                hadLink
                        ? "This link has expired, or is not for this port. Ask the person who gave it to you for a new one."
                        : ("This port is private. Send an API key (%s: hf_…), or open it with a link from POST "
                                        + "/machines/{id}/ports/{port}/link.")
                                .formatted(Credentials.KEY_HEADER));
    }
}
