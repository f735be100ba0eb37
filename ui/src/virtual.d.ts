/** The pages of the guide, made by plugins/guide.ts. */
declare module "virtual:guide" {
  export const pages: Record<string, { title: string; html: string }>;
}

/** The works by others that Mainstay is made of, by plugins/libraries.ts. */
declare module "virtual:libraries" {
  export const libraries: { name: string; version: string; licence: string }[];
}
