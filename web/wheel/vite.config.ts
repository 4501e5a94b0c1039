import { defineConfig } from "vite";

// The page that stands alone; its addresses are relative, so that any folder can serve it.
export default defineConfig({
  base: "./",
  build: { outDir: "dist/page", target: "es2023", modulePreload: { polyfill: false } },
});
