import { defineConfig } from "vite";

// The package: one module and lucky-canvas beside it, so that a page without a bundler takes it, too.
export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "dist/lib",
    target: "es2023",
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "tombola-wheel" },
    rolldownOptions: { output: { chunkFileNames: "lucky-canvas.js" } },
  },
});
