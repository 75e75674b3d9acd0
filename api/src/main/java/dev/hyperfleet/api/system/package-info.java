/** The server's own state and the API's description over HTTP. */
@NullMarked
package dev.hyperfleet.api.system;

import org.jspecify.annotations.NullMarked;
