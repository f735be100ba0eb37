import { z } from "zod";

// It would try whether it may make functions from text, and the window's policy reports that it may not.
z.config({ jitless: true });

export { z };
