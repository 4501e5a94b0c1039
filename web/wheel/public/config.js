// What this page shows. README.md says what each option means; whoever serves the page changes this file.
export default {
  api: "/api",
  activity: "100001",
};
