package dev.hyperfleet.http;

import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.ActivityTracker;
import dev.hyperfleet.core.activity.Hold;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.request.RequestContext;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.util.Optional;
import java.util.Set;

/** The routes, each with the scope that a key needs. Every GET also supports HEAD. */
public final class Routes {
    private final JavalinDefaultRoutingApi routing;
    private final ActivityTracker activity;
    private final Leases leases;
    private final Machines machines;
    private final IdempotencyKeys keys;
    private final AuditTrail trail;
    private final Rules rules;

    /**
     * Rules of the next operations.
     *
     * @param parameters the names of their query parameters
     * @param filtered see {@link Routes#filtered}
     */
    private record Rules(Set<String> parameters, boolean filtered) {
        static final Rules USUAL = new Rules(Set.of(), false);
    }

    public Routes(
            JavalinDefaultRoutingApi routing,
            Machines machines,
            ActivityTracker activity,
            Leases leases,
            IdempotencyKeys keys,
            AuditTrail trail) {
        this(routing, machines, activity, leases, keys, trail, Rules.USUAL);
    }

    private Routes(
            JavalinDefaultRoutingApi routing,
            Machines machines,
            ActivityTracker activity,
            Leases leases,
            IdempotencyKeys keys,
            AuditTrail trail,
            Rules rules) {
        this.routing = routing;
        this.machines = machines;
        this.activity = activity;
        this.leases = leases;
        this.keys = keys;
        this.trail = trail;
        this.rules = rules;
    }

    private Routes with(Rules others) {
        return new Routes(routing, machines, activity, leases, keys, trail, others);
    }

    /** The same, for operations that take these query parameters. Without them, an operation takes none. */
    public Routes taking(String... names) {
        return with(new Rules(Set.of(names), rules.filtered()));
    }

    /**
     * The same, for operations whose path names no machine and that show and change only what {@link Caller#sees}. Other
     * operations of that kind are refused to keys that are limited to their own machines.
     */
    public Routes filtered() {
        return with(new Rules(rules.parameters(), true));
    }

    public void get(String path, Scope scope, Handler handler) {
        add(HandlerType.GET, path, access(path, scope), handler);
        add(HandlerType.HEAD, path, access(path, scope), handler);
    }

    /** A route that needs no key. */
    public void getPublic(String path, Handler handler) {
        add(HandlerType.GET, path, Access.PUBLIC, handler);
        add(HandlerType.HEAD, path, Access.PUBLIC, handler);
    }

    public void post(String path, Scope scope, Handler handler) {
        change(HandlerType.POST, path, scope, handler, Optional.empty());
    }

    /** A POST whose first effect is a change of a machine; the others of this form are alike. */
    public void post(String path, Scope scope, Handler handler, IdempotencyKeys.Continuation continuation) {
        change(HandlerType.POST, path, scope, handler, Optional.of(continuation));
    }

    /** A GET with an open-ended response: HEAD would be useless. */
    public void getStream(String path, Scope scope, Handler handler) {
        add(HandlerType.GET, path, access(path, scope), handler);
    }

    /** A PUT streams its body, and is idempotent by itself. */
    public void put(String path, Scope scope, Handler handler) {
        add(HandlerType.PUT, path, access(path, scope), leased(path, context -> {
            IdempotencyKeys.refuse(context, "a PUT may be repeated without it");
            handler.handle(context);
        }));
    }

    /** A POST that streams its body, which is not kept for a repetition. */
    public void postStream(String path, Scope scope, Handler handler) {
        add(HandlerType.POST, path, access(path, scope), context -> {
            IdempotencyKeys.refuse(context, "what it creates has a unique name, so a repetition creates nothing");
            handler.handle(context);
        });
    }

    public void patch(String path, Scope scope, Handler handler, IdempotencyKeys.Continuation continuation) {
        change(HandlerType.PATCH, path, scope, handler, Optional.of(continuation));
    }

    public void delete(String path, Scope scope, Handler handler) {
        change(HandlerType.DELETE, path, scope, handler, Optional.empty());
    }

    public void delete(String path, Scope scope, Handler handler, IdempotencyKeys.Continuation continuation) {
        change(HandlerType.DELETE, path, scope, handler, Optional.of(continuation));
    }

    private void change(
            HandlerType method,
            String path,
            Scope scope,
            Handler handler,
            Optional<IdempotencyKeys.Continuation> continuation) {
        // What the key may repeat is its own, also if the machine has been deleted since.
        register(method, path, access(path, scope), keys.once(found(path, leased(path, handler)), continuation));
    }

    /** A GET that becomes a WebSocket. One that operates in a machine, other than a visit, respects its lease. */
    public void getSocket(String path, Scope scope, Handler handler) {
        Handler mindful = scope == Scope.MACHINES_EXEC ? leased(path, handler) : handler;
        add(HandlerType.GET, path, access(path, scope), trail.ofSocket(context -> {
            IdempotencyKeys.refuse(context, "the content of a WebSocket cannot be replayed");
            mindful.handle(context);
        }));
    }

    private Access access(String path, Scope scope) {
        return new Access(Optional.of(scope), rules.filtered() || path.startsWith(MachinePath.PREFIX));
    }

    /** For a key with its own machines alone, a machine of another is like none, whatever else the request has. */
    private static Handler found(String path, Handler handler) {
        return path.startsWith(MachinePath.PREFIX)
                ? context -> {
                    MachinePath.requireVisible(context);
                    handler.handle(context);
                }
                : handler;
    }

    private Handler leased(String path, Handler handler) {
        return path.startsWith(MachinePath.PREFIX) ? LeaseCheck.required(leases, handler) : handler;
    }

    /** Operations in a machine keep it awake. */
    private Handler awake(Handler handler) {
        return context -> {
            Optional<Hold> hold =
                    MachinePath.find(context).flatMap(id -> activity.holdIfPresent(id, Activity.OPERATIONS));
            try {
                handler.handle(context);
            } finally {
                hold.ifPresent(Hold::close);
            }
        };
    }

    private void add(HandlerType method, String path, Access access, Handler handler) {
        register(method, path, access, found(path, handler));
    }

    private void register(HandlerType method, String path, Access access, Handler handler) {
        // After its authentication: a request's effects are attributed to its sender.
        Handler holding = access.scope().equals(Optional.of(Scope.MACHINES_EXEC)) ? awake(handler) : handler;
        Handler forCause =
                context -> RequestContext.of(RequestLog.cause(context)).run(() -> holding.handle(context));
        routing.addHttpHandler(method, path, access.isPublic() ? forCause : prepared(path, forCause), access);
    }

    /** Checks the query's names, and finds the machine, before anything else. */
    private Handler prepared(String path, Handler handler) {
        boolean ofMachine = path.startsWith(MachinePath.PREFIX);
        Set<String> parameters = rules.parameters();
        return context -> {
            QueryParameters.declare(context, parameters);
            if (ofMachine) {
                MachinePath.resolve(context, machines);
            }
            handler.handle(context);
        };
    }
}
