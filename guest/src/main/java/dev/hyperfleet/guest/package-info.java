/** The client of the agent in the guests. */
@NullMarked
package dev.hyperfleet.guest;

import org.jspecify.annotations.NullMarked;
