ALTER TABLE "accounts" DROP CONSTRAINT "accounts_role";--> statement-breakpoint
ALTER TABLE "clients" DROP CONSTRAINT "clients_role";--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_role" CHECK ("accounts"."role" in ('secretariat', 'member', 'regulator', 'office', 'city_office', 'standards_institute', 'administrator', 'monitor'));--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_role" CHECK ("clients"."role" in ('secretariat', 'member', 'regulator', 'office', 'city_office', 'standards_institute', 'administrator', 'monitor'));